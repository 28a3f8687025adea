/*
 * inline_shape.c
 *		The shape of a call that was folded: what it is, when the values that
 *		were found in it are taken out.
 *
 * The grammar is that of shape.c, over a document that is a tree already.  A
 * hole is a value too, and its type is part of the shape.  So is the first
 * character of text where it may begin an object or a list, because untyped
 * text that does is read in another way.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "query/inline.h"

static bool add_node(AkCallShape *call, AkWhere where, const AkJson *node);

static bool
add(AkCallShape *call, const char *text)
{
	return ak_query_shape_add(&call->shape, text, strlen(text));
}

/* Text of the document itself, closed by a zero byte that it cannot hold. */
static bool
add_text(AkCallShape *call, const char *mark, const char *text)
{
	return add(call, mark) && ak_query_shape_add(&call->shape, text, strlen(text) + 1);
}

static bool
add_value(AkCallShape *call, const AkJson *node, const char *letter)
{
	if (call->nvalues == AK_SHAPE_SLOTS)
		return false;
	call->values[call->nvalues++] = node;
	return add(call, letter);
}

static bool
add_hole(AkCallShape *call, const AkJson *hole)
{
	char		letter[16];

	snprintf(letter, sizeof(letter), "H%u ", hole->type);
	return add_value(call, hole, letter);
}

static const char *
string_letter(const char *text)
{
	return *text == '{' ? "S{" : *text == '[' ? "S[" : "S";
}

static bool
add_scalar(AkCallShape *call, AkWhere where, const AkJson *node)
{
	bool		string = node->kind == AK_JSON_STRING;

	if (ak_query_is_slot(where, node->kind, node->text, node->text + strlen(node->text)))
		return add_value(call, node, string ? string_letter(node->text) : "N");
	return add_text(call, string ? "\"" : "#", node->text);
}

/* A list of one scalar at least and nothing else. */
static bool
is_list_of_scalars(const AkJson *list)
{
	for (int i = 0; i < list->size; i++)
		if (list->items[i]->kind >= AK_JSON_ARRAY)
			return false;
	return list->size > 0;
}

static bool
add_list(AkCallShape *call, AkWhere where, const AkJson *list)
{
	AkWhere		inside = ak_query_where_in_list(where);

	if (where == AK_IN_VALUE && is_list_of_scalars(list))
		return add_value(call, list, "L");
	if (!add(call, "["))
		return false;
	for (int i = 0; i < list->size; i++)
		if (!add_node(call, inside, list->items[i]))
			return false;
	return add(call, "]");
}

static bool
add_object(AkCallShape *call, AkWhere where, const AkJson *object)
{
	if (!add(call, "{"))
		return false;
	for (int i = 0; i < object->size; i++)
	{
		const char *key = object->keys[i];

		if (!add_text(call, ",", key) ||
			!add_node(call, ak_query_where_in_object(where, key, strlen(key)), object->items[i]))
			return false;
	}
	return add(call, "}");
}

static bool
add_node(AkCallShape *call, AkWhere where, const AkJson *node)
{
	check_stack_depth();
	switch (node->kind)
	{
		case AK_JSON_NULL:
			return add(call, "n");
		case AK_JSON_BOOL:
			return add(call, node->truth ? "t" : "f");
		case AK_JSON_NUMBER:
		case AK_JSON_STRING:
			return add_scalar(call, where, node);
		case AK_JSON_ARRAY:
			return add_list(call, where, node);
		case AK_JSON_OBJECT:
			return add_object(call, where, node);
		case AK_JSON_HOLE:
			return add_hole(call, node);
	}
	return false;
}

bool
ak_query_call_shape(AkCallShape *call, const AkFolded *folded)
{
	static const char *const kinds[] = {
		[AK_TREE_ROWS] = "rows in a statement",
		[AK_TREE_ORDERED_ROWS] = "rows in a statement, ordered",
		[AK_TREE_COUNT] = "count in a statement",
		[AK_TREE_EXISTS] = "exists in a statement",
	};

	ak_query_shape_init(&call->shape);
	call->nvalues = 0;
	return add_text(call, "", kinds[folded->kind]) &&
		(folded->model == NULL || add_text(call, "m", folded->model)) &&
		add_node(call, folded->model ? AK_IN_CONDITIONS : AK_IN_QUERY, folded->document);
}
