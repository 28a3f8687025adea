/*
 * link_change.c
 *		Changes of links, with an upper room told of those of many-to-many
 *		relations.  Links that are foreign keys are rows' own business.
 */
#include "postgres.h"

#include "relation/internal.h"

static AkLinkListenFn listener = NULL;

void
ak_relation_on_link(AkLinkListenFn listen)
{
	Assert(listener == NULL);
	listener = listen;
}

static uint64
change(const AkLink *link, AkLinkAction action, AkLinkFn run)
{
	if (listener == NULL || link->step.relation->kind != AK_MANY_TO_MANY)
		return run(link);
	return listener(link, action, run);
}

uint64
ak_relation_link(const AkLink *link)
{
	return change(link, AK_LINK_ADD, ak_relation_insert_links);
}

uint64
ak_relation_unlink(const AkLink *link)
{
	return change(link, AK_LINK_REMOVE, ak_relation_delete_links);
}

uint64
ak_relation_unlink_others(const AkLink *link)
{
	return change(link, AK_LINK_REMOVE_OTHERS, ak_relation_delete_other_links);
}

uint64
ak_relation_unlink_all(const AkLink *link)
{
	return change(link, AK_LINK_CLEAR, ak_relation_delete_all_links);
}
