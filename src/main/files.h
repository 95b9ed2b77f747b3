/* Files and folders, with errors that name them. */
#ifndef MAIN_FILES_H
#define MAIN_FILES_H

#include "base/buf.h"

int file_read(const char *path, struct buf *out,
              struct err *e); /* ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_UNAVAILABLE */
/* Written beside, synced, renamed over, the folder synced; mode is the file's permission bits. */
int file_write(const char *path, struct str bytes, unsigned mode, struct err *e);
/* Makes the file whole or not at all; that it exists already (somebody was first) is fine, and leaves that
 * one. */
int file_make_once(const char *path, struct str bytes, unsigned mode, struct err *e);
/* Made when missing and held by this process alone until *out_fd is closed. ERR_CONFLICT: somebody else holds it. */
int file_lock(const char *path, int *out_fd, struct err *e);
bool file_exists(const char *path);
int folder_make(const char *path, unsigned mode, struct err *e); /* there already is fine */

#endif
