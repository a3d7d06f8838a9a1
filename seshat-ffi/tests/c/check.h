/* SPDX-License-Identifier: BSD-3-Clause */
/* What the test programs share: a check that says where it failed, and why the library thinks so. */
#ifndef CHECK_H
#define CHECK_H

#include <seshat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define Z SESHAT_NUL_TERMINATED

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s (last failure: %s)\n", __FILE__, __LINE__, #condition, \
				seshat_errmsg()); \
			exit(1); \
		} \
	} while (0)

#endif
