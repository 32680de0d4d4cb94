"""What a report must say of a zone, by dnspython.

report_judge.py ZONE NAME        prints records, soa, signed and first_expiry as JSON
report_judge.py --diff OLD NEW NAME   prints added, deleted and changed_names
"""
import json
import sys
import time

import dns.rdatatype
import dns.zone


def records(path, origin):
    zone = dns.zone.from_file(path, origin=origin, relativize=False, check_origin=False)
    return zone, {(str(name).lower(), rdata.rdtype, ttl, rdata.to_digestable())
                  for name, ttl, rdata in zone.iterate_rdatas()}


def content(path, origin):
    zone, all_records = records(path, origin)
    soa = zone.get_soa()
    latest = {}
    for name, _, rdata in zone.iterate_rdatas():
        if rdata.rdtype != dns.rdatatype.RRSIG:
            continue
        key = (name, rdata.type_covered)
        latest[key] = max(latest.get(key, 0), rdata.expiration)
    first = min(latest.values()) if latest else None
    return {
        'records': len(all_records),
        'soa': {word: getattr(soa, word) for word in ('refresh', 'retry', 'expire', 'minimum')},
        'signed': bool(latest),
        'first_expiry': first and time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(first)),
    }


def difference(old, new, origin):
    _, before = records(old, origin)
    _, after = records(new, origin)
    return {
        'added': len(after - before),
        'deleted': len(before - after),
        'changed_names': len({record[0] for record in before ^ after}),
    }


if sys.argv[1] == '--diff':
    result = difference(*sys.argv[2:])
else:
    result = content(*sys.argv[1:])
json.dump(result, sys.stdout, sort_keys=True)
print()
