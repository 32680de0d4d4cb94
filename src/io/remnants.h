/* Temporary files that runs which were killed have left.
 *
 * Purpose: where the names of files that are written change from run to run, nobody comes by that
 * takes over what is left of one; so it is looked for.
 * Owns: nothing after a call.
 * Never: touches what is no temporary file of io/outfile, or what somebody has locked. */
#ifndef IO_REMNANTS_H
#define IO_REMNANTS_H

/* Removes the temporary file of that name in a folder that is open, unless somebody is writing
 * it. What cannot be removed stays. */
void remnants_remove_one(int folder, const char *name);

/* Removes those of all files of the folder whose names end so. */
void remnants_remove(const char *folder, const char *ending);

#endif
