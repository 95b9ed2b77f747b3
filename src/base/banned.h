/* Calls that this code base does not use, made into compile errors.
 *
 * Each has a safe stand-in: str/buf for strings, a `now` parameter for the clock, base/prng.h or port/chance.h
 * for chance, base/civil.h for calendar work, base/num.h for numbers. Force-included into every file of ours. */
#ifndef LEADLIGHT_BANNED_H
#define LEADLIGHT_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok strtok_r
#pragma GCC poison gmtime localtime gmtime_r localtime_r mktime ctime asctime strftime
#pragma GCC poison rand srand random srandom drand48 atoi atol atof alloca

#endif
