/*
 * cache.h
 *		What was made of a document's shape, kept for the next one.
 */
#ifndef AK_QUERY_CACHE_H
#define AK_QUERY_CACHE_H

#include "model/model.h"
#include "query/shape.h"

/* A hold on what is kept: it is not freed before the hold goes, which it does with its memory context at the latest. */
typedef struct AkKept
{
	MemoryContextCallback callback;
	struct AkEntry *entry;
	void	   *made;
} AkKept;

/* What is kept for the shape, the current user and the session's settings; NULL: nothing that is still true. */
extern AkKept *ak_query_cache_find(const AkShape *shape);
/*
 * Keeps what was made, with everything below it, in `context`, which is the
 * cache's from then on, out of the picture `registry` that the context pins.
 * NULL: the picture is out of date by now, and the context is still the caller's.
 */
extern AkKept *ak_query_cache_keep(const AkShape *shape, MemoryContext context, const AkRegistry *registry,
								   void *made);
extern void ak_query_cache_release(AkKept *kept);

#endif
