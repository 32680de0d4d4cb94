"""Judges the lines that test_report_sync has made of results that are written down there.

report_sync.py FILE CASE
"""
import json
import sys

MEMBERS = set('''added attempts changed class deleted diff event exit expires_at fallback file
first_expiry from gates group hint hooks kind last_success message messages octets old_records
origin records result seconds serial server server_serial servers signed soa spilled started state stats
time tls to tries tsig waited warnings zone'''.split())
SUMMARY = '''event version started ended seconds result exit message interrupted shard zones
by_state by_result without_file unlisted invalid_lines hooks_pending records octets servers
catalogs'''.split()
RESULTS = '''ok differs usage network refused authentication protocol input output guard nodelta
internal hook signal'''.split()

NO_SUMMARY = 'zones killed whole rotated rotated+1 outage moved space unheld'.split()


def has(line, **expected):
    for name, value in expected.items():
        assert line[name] == value, (name, line[name], value)


def zones(lines):
    new, changed, same, kept, missing = lines
    has(new, zone='a.test.', kind='axfr', state='new', changed=True, exit=0, result='ok', serial=7,
        records=12, added=12, deleted=0, origin='word', group=None, diff=None, message=None,
        time='2026-11-18T11:06:42Z', started='2026-11-18T11:06:40Z', warnings=[], hooks=[],
        last_success='2026-11-18T11:06:42Z', expires_at='2026-11-18T11:08:22Z', octets=321,
        soa={'refresh': 1, 'retry': 2, 'expire': 100, 'minimum': 4}, signed=True, tries=1,
        first_expiry='2026-11-30T00:53:20Z', server='ns?', server_serial=7, file='d/x.zone')
    has(new['servers'][0], server='ns?', address='192.0.2.1#53', serial=7, rcode='NOERROR')
    has(changed, zone='\\"\\\\\\010.\\195\\164.', kind='resigned', state='updated', changed=True,
        origin='l?/zones:17', group='caf\xe9', diff='diffs/x.diff', serial=4294967295, added=2,
        deleted=1, old_records=11, warnings=['odd', '?'], gates=[
            {'name': 'max-change', 'result': 'passed', 'limit': '10%', 'value': '3', 'text': None}])
    has(same, zone='.', kind='uptodate', state='unchanged', changed=False, origin='catalog',
        serial=3, warnings=['?'], added=None, attempts=[])
    has(kept, state='kept', changed=False, exit=9, result='guard', message='too few', serial=5,
        last_success='2026-11-06T21:20:00Z')
    assert kept['hint'].startswith('if the zone is right, a smaller --min-records')
    has(missing, state='missing', exit=3, result='network', message='cannot connect', serial=None,
        records=0, last_success=None, server='ns1')
    has(missing['attempts'][0], error='connect', message='cannot connect', exit=3)


def summary(line):
    has(line, started='2026-11-18T11:06:40Z', ended='2026-11-18T11:06:42Z', seconds=2.5, exit=12,
        result='partial', interrupted=False, shard='1/4', zones=8, without_file=7, unlisted=4,
        invalid_lines=5, hooks_pending=6, records=100, octets=5000, message=None,
        by_state={'new': 1, 'updated': 4, 'unchanged': 1, 'kept': 1, 'missing': 1},
        by_result={**{name: 0 for name in RESULTS}, 'ok': 6, 'guard': 1, 'network': 1},
        servers=[{'server': 'ns1', 'address': '192.0.2.1#53', 'connections': 2, 'questions': 10,
                  'transfers': 4, 'failures': 1, 'least_window': 2},
                 {'server': 'a?', 'address': None, 'connections': 0, 'questions': 0,
                  'transfers': 0, 'failures': 3, 'least_window': 0}],
        catalogs=[{'name': 'c.', 'serial': 9, 'members': 7, 'used': 'new', 'error': None},
                  {'name': 'd.', 'serial': None, 'members': 2, 'used': 'kept',
                   'error': 'cannot connect'},
                  {'name': 'e.', 'serial': None, 'members': None, 'used': None,
                   'error': 'cannot connect'}])
    assert line['version']


def unknown(line):
    has(line, exit=2, result='usage', message='l:3: no zone', zones=None, by_state=None,
        by_result=None, without_file=None, unlisted=None, invalid_lines=1, hooks_pending=None,
        shard=None, servers=[], catalogs=[], seconds=0)


def commands(lines):
    assert [line['zone'] for line in lines] == ['.', 'h.', 'f.', 'g.'], lines
    plain, last, first, none = lines
    has(plain, hooks=[])
    has(last, exit=0, hooks=[{'name': 'exec', 'exit': 0, 'seconds': 1.5, 'text': None}],
        message=None, warnings=['odd'])
    has(first, exit=13, result='hook', message='--exec: exit status 3', state='updated', hooks=[
        {'name': 'exec', 'exit': 3, 'seconds': 0, 'text': 'exit status 3'}])
    assert first['hint']
    has(none, exit=0, hooks=[], message=None, warnings=['odd'])


def names(lines):
    return ' '.join(line['zone'] for line in lines)


def moved(lines):
    assert names(lines) == '\\"\\\\\\010.\\195\\164. a.test. . d. e. e.', names(lines)
    assert [len(line['hooks']) for line in lines] == [1, 1, 0, 1, 0, 1]
    assert [line['serial'] for line in lines] == [4294967295, 7, 3, 5, None, None]
    assert [line['warnings'] for line in lines] == [[], [], [], ['odd'], [], []]


def space(lines):
    assert len(lines) == 4001
    assert all(len(line['hooks']) == 1 for line in lines)
    assert [line['serial'] for line in lines] == [4294967295] * 4000 + [7]


with open(sys.argv[1], encoding='ascii') as file:
    text = file.read()
if sys.argv[2] in ('appended', 'outage'):  # a part of a line is left of what has failed
    cut = [line for line in text.splitlines() if not line.endswith('}')]
    assert len(cut) == 1, cut
    text = text.replace(cut[0] + '\n', '')
assert text == '' or text.endswith('\n'), 'the last line is cut'
objects = [json.loads(line) for line in text.splitlines()]
ends = [line for line in objects if line['event'] == 'summary']
lines = [line for line in objects if line['event'] == 'zone']
assert objects == lines + ends, 'the summary is last'
assert all(set(line) == MEMBERS for line in lines), 'the members of zones'
assert all(list(line) == SUMMARY for line in ends), 'the members of the summary'
case = sys.argv[2]
assert len(ends) == (case not in NO_SUMMARY), 'whether there is a summary'
if case.startswith('zones'):
    zones(lines)
if case == 'zones+summary':
    summary(ends[0])
if case == 'unknown':
    unknown(ends[0])
if case == 'signal':
    has(ends[0], exit=143, result='signal', interrupted=True)
if case == 'commands':
    commands(lines)
if case == 'killed':
    assert len(lines) == 5
if case == 'whole+summary':
    assert len(lines) == 2
if case == 'appended':
    assert names(lines).startswith('a.test. ') and len(lines) == 3, names(lines)
if case == 'rotated':
    assert names(lines) == '.', names(lines)
if case == 'rotated+1':
    assert names(lines) == '. d.', names(lines)
if case == 'outage':
    assert names(lines) == 'a.test. .', names(lines)
if case == 'unheld':
    assert [line['hooks'] for line in lines] == [[], []] and names(lines).startswith('a.test. ')
if case == 'moved':
    moved(lines)
if case == 'space':
    space(lines)
