/*
 * query.c
 *		Start of room query.
 */
#include "postgres.h"

#include "query/internal.h"

void
ak_query_init(void)
{
}
