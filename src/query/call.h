/*
 * call.h
 *		One call of a query set: its question compiled, or found compiled, with the
 *		values of the call bound.
 */
#ifndef AK_QUERY_CALL_H
#define AK_QUERY_CALL_H

#include "query/cache.h"
#include "query/internal.h"

/* What a query set is asked for. */
typedef enum AkExit
{
	AK_EXIT_FETCH,
	AK_EXIT_GET,
	AK_EXIT_FIRST,
	AK_EXIT_LAST,
	AK_EXIT_COUNT,
	AK_EXIT_EXISTS,
	AK_EXIT_AGGREGATE,
	AK_EXIT_IN_BULK,
	AK_EXIT_UPDATE,
	AK_EXIT_DELETE
} AkExit;

/* Made on the stack; the compiled question is there until the call ends. */
typedef struct AkBound
{
	const AkCompiled *compiled;
	AkStatement statement;		/* its statement with the values of this call */
	AkKept	   *kept;			/* NULL: compiled for this call alone */
} AkBound;

/* (queryset), with what the exit takes beside it; (model, conditions); (model, VARIADIC key) */
extern void ak_query_call_document(AkBound *bound, FunctionCallInfo fcinfo, AkExit exit);
extern void ak_query_call_conditions(AkBound *bound, FunctionCallInfo fcinfo, AkExit exit);
extern void ak_query_call_key(AkBound *bound, FunctionCallInfo fcinfo, AkExit exit);
extern void ak_query_call_end(AkBound *bound);

#endif
