/*
 * query.h
 *		Front door of room query: query sets, their SQL, reads and writes.
 */
#ifndef AK_QUERY_H
#define AK_QUERY_H

#include "relation/relation.h"

extern void ak_query_init(void);

#endif
