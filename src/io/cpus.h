/* How many processors this process may use.
 *
 * Never: waits; fails: what cannot be found out does not count. */
#ifndef IO_CPUS_H
#define IO_CPUS_H

/* At least 1: what the affinity of the process allows, and the quota of its cgroup (version 2). */
unsigned cpus_allowed(void);

#endif
