/*
 * options.c
 *		The keys of an object in a document: what is no option is an error that
 *		names the nearest one.
 */
#include "postgres.h"

#include "query/internal.h"

void
ak_query_check_options(const AkJson *object, const char *what, List *options, bool expression)
{
	for (int i = 0; i < object->size; i++)
		if (!(expression && object->keys[i][0] == '$') && !ak_core_is_among(object->keys[i], options))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s has no option \"%s\"", what, object->keys[i]),
					 ak_core_hint_nearest(object->keys[i], options)));
}
