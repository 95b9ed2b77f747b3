/* Calls that this code base does not use, made into compile errors.
 *
 * Each has a safe stand-in: str/buf for strings, a `now` parameter for the clock, base/prng.h or port/chance.h
 * for chance, base/civil.h for calendar work, base/num.h for numbers. Force-included into every file of ours.
 * rand and random are refused by attribute and not by name, since OpenSSL, libuv and libsodium name parameters and
 * members so; some of the others are macros in some modes of some compilers, hence the #undefs. */
#ifndef LEADLIGHT_BANNED_H
#define LEADLIGHT_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __clang__
#define LEADLIGHT_NOT_HERE(instead) __attribute__((unavailable(instead)))
#else
#define LEADLIGHT_NOT_HERE(instead) __attribute__((error(instead)))
#endif
int rand(void) LEADLIGHT_NOT_HERE("chance is a parameter: base/prng.h or port/chance.h");
long random(void) LEADLIGHT_NOT_HERE("chance is a parameter: base/prng.h or port/chance.h");
#undef LEADLIGHT_NOT_HERE

#undef alloca
#undef sprintf
#undef vsprintf
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok strtok_r
#pragma GCC poison gmtime localtime gmtime_r localtime_r mktime ctime asctime strftime
#pragma GCC poison srand srandom drand48 atoi atol atof alloca

#endif
