/*
 * json.c
 *		JSON text as a tree that keeps the order of keys, and back.
 *
 * PostgreSQL's parser does the work; this file turns its events into a tree.
 * A key that stands twice in one object is an error here, because a query
 * document that loses a condition silently would answer another question.
 * Numbers keep the text they were written in: what fits is the field's affair.
 *
 * The members of a long list can be handed on one by one instead, each in
 * memory that the next one takes again.
 */
#include "postgres.h"

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonfuncs.h"
#include "utils/memutils.h"

#include "core/core.h"

/* Objects of at most this many keys are searched for doubles pair by pair. */
#define SMALL_OBJECT 32

/* The keys of the object before, which the next one of a list most likely has too. */
typedef struct AkShape
{
	char	  **keys;			/* kept for the whole parse: the same key is the same pointer */
	int		   *lengths;		/* as written; -1: with escapes */
	int			room;
	int			size;			/* the first so many are known to differ from each other */
	bool		same;			/* the object being read has had these keys so far */
} AkShape;

typedef struct AkTree
{
	JsonLexContext *lexer;
	const char *source;
	const char *start;			/* of the value that comes next */
	AkJson	   *root;
	AkJson	  **open;			/* containers being read, innermost last */
	int			depth;
	int			room;
	char	   *key;			/* of the member that comes next */
	const char *what;

	/* ak_core_json_each: the members of the outermost list go to a function. */
	AkJsonEachFn each;
	void	   *arg;
	AkJson	   *item;
	int			number;
	AkShape		shape;
	MemoryContext keep;
	MemoryContext items;		/* where an item lives */
	bool		keep_items;
} AkTree;

static AkJson *
new_value(AkJsonKind kind)
{
	AkJson	   *value = palloc0(sizeof(AkJson));

	value->kind = kind;
	value->offset = -1;
	return value;
}

AkJson *
ak_core_json_null(void)
{
	return new_value(AK_JSON_NULL);
}

AkJson *
ak_core_json_bool(bool truth)
{
	AkJson	   *value = new_value(AK_JSON_BOOL);

	value->truth = truth;
	return value;
}

AkJson *
ak_core_json_integer(int64 number)
{
	AkJson	   *value = new_value(AK_JSON_NUMBER);

	value->text = psprintf(INT64_FORMAT, number);
	return value;
}

/* Finite. */
AkJson *
ak_core_json_number(double number)
{
	AkJson	   *value = ak_core_json_integer(0);

	value->text = psprintf("%.15g", number);
	return value;
}

AkJson *
ak_core_json_string(const char *text)
{
	AkJson	   *value = new_value(AK_JSON_STRING);

	value->text = pstrdup(text);
	return value;
}

AkJson *
ak_core_json_hole(int number, Oid type)
{
	AkJson	   *value = new_value(AK_JSON_HOLE);

	value->size = number;
	value->type = type;
	return value;
}

AkJson *
ak_core_json_array(void)
{
	return new_value(AK_JSON_ARRAY);
}

AkJson *
ak_core_json_object(void)
{
	return new_value(AK_JSON_OBJECT);
}

/* Makes room for one more member. */
static void
reserve(AkJson *container)
{
	int			room;

	if (container->size < container->room)
		return;
	room = container->room == 0 ? 8 : container->room * 2;
	if (container->room == 0)
	{
		container->items = palloc(mul_size(room, sizeof(AkJson *)));
		if (container->kind == AK_JSON_OBJECT)
			container->keys = palloc(mul_size(room, sizeof(char *)));
	}
	else
	{
		container->items = repalloc_huge(container->items, mul_size(room, sizeof(AkJson *)));
		if (container->kind == AK_JSON_OBJECT)
			container->keys = repalloc_huge(container->keys, mul_size(room, sizeof(char *)));
	}
	container->room = room;
}

void
ak_core_json_push(AkJson *array, AkJson *item)
{
	Assert(array->kind == AK_JSON_ARRAY);
	reserve(array);
	array->items[array->size++] = item;
}

/* Appends a member without looking whether the key is there. */
static void
append_member(AkJson *object, char *key, AkJson *item)
{
	reserve(object);
	object->keys[object->size] = key;
	object->items[object->size++] = item;
}

static int
find_key(const AkJson *object, const char *key)
{
	for (int i = 0; i < object->size; i++)
		if (strcmp(object->keys[i], key) == 0)
			return i;
	return -1;
}

void
ak_core_json_put(AkJson *object, const char *key, AkJson *item)
{
	int			at;

	Assert(object->kind == AK_JSON_OBJECT);
	at = find_key(object, key);
	if (at >= 0)
		object->items[at] = item;
	else
		append_member(object, pstrdup(key), item);
}

void
ak_core_json_remove(AkJson *object, const char *key)
{
	int			at = find_key(object, key);

	if (at < 0)
		return;
	object->size--;
	memmove(object->keys + at, object->keys + at + 1, sizeof(char *) * (object->size - at));
	memmove(object->items + at, object->items + at + 1, sizeof(AkJson *) * (object->size - at));
}

/* Copies the head of a value, so that adding to the copy leaves the source alone. */
AkJson *
ak_core_json_copy(const AkJson *value)
{
	AkJson	   *copy = new_value(value->kind);

	copy->offset = value->offset;
	copy->truth = value->truth;
	copy->text = value->text;
	for (int i = 0; i < value->size; i++)
	{
		if (value->kind == AK_JSON_OBJECT)
			append_member(copy, value->keys[i], value->items[i]);
		else
			ak_core_json_push(copy, value->items[i]);
	}
	return copy;
}

AkJson *
ak_core_json_get(const AkJson *object, const char *key)
{
	int			at;

	if (object == NULL || object->kind != AK_JSON_OBJECT)
		return NULL;
	at = find_key(object, key);
	return at < 0 ? NULL : object->items[at];
}

/* ---- reading ---- */

/* Is it a member of the list whose members are handed on? */
static bool
is_item(const AkTree *tree)
{
	return tree->each != NULL && tree->depth == 1 && tree->root->kind == AK_JSON_ARRAY;
}

/* Is the innermost open container such a member? */
static bool
in_item(const AkTree *tree)
{
	return tree->each != NULL && tree->depth == 2 && tree->root->kind == AK_JSON_ARRAY;
}

/* Puts a finished or opened value where it belongs. */
static void
place(AkTree *tree, AkJson *value)
{
	AkJson	   *parent = tree->depth == 0 ? NULL : tree->open[tree->depth - 1];

	value->offset = tree->start - tree->source;
	if (parent == NULL)
		tree->root = value;
	else if (is_item(tree))
		tree->item = value;
	else if (parent->kind == AK_JSON_ARRAY)
		ak_core_json_push(parent, value);
	else
		append_member(parent, tree->key, value);
}

static void
open_container(AkTree *tree, AkJsonKind kind)
{
	MemoryContext items = CurrentMemoryContext;
	AkJson	   *value;

	if (tree->each != NULL && tree->depth == 0)
		MemoryContextSwitchTo(tree->keep);
	value = new_value(kind);
	MemoryContextSwitchTo(items);
	place(tree, value);
	if (tree->depth == tree->room)
	{
		tree->room *= 2;
		tree->open = repalloc(tree->open, sizeof(AkJson *) * tree->room);
	}
	tree->open[tree->depth++] = value;
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
report_double_key(const char *key, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_JSON_OBJECT_KEY_VALUE),
			 errmsg("key \"%s\" stands twice in %s", key, what),
			 errhint("Give each key once; several conditions on one path go into a list of conditions.")));
}

/* Refuses an object in which a key stands twice. */
static void
check_double_keys(const AkJson *object, const char *what)
{
	char	  **sorted;

	if (object->size <= SMALL_OBJECT)
	{
		for (int i = 1; i < object->size; i++)
			for (int j = 0; j < i; j++)
				if (strcmp(object->keys[i], object->keys[j]) == 0)
					report_double_key(object->keys[i], what);
		return;
	}
	sorted = palloc(mul_size(object->size, sizeof(char *)));
	memcpy(sorted, object->keys, sizeof(char *) * object->size);
	qsort(sorted, object->size, sizeof(char *), compare_keys);
	for (int i = 1; i < object->size; i++)
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			report_double_key(sorted[i], what);
	pfree(sorted);
}

/* ---- strings ---- */

static AK_JSON_ACTION_RESULT
take_decoded(void *state, char *token, JsonTokenType type)
{
	*(char **) state = token;
	AK_JSON_ACTION_DONE;
}

/*
 * A string from its opening to behind its closing quote.  The lexer checks
 * strings without decoding them, which it does byte by byte: only those with
 * escapes need it.
 */
static char *
decode(const char *start, const char *end)
{
	char	   *decoded = NULL;
	JsonSemAction actions = {.semstate = &decoded, .scalar = take_decoded};

	if (memchr(start, '\\', end - start) == NULL)
		return pnstrdup(start + 1, end - start - 2);
	pg_parse_json_or_ereport(ak_json_lexer(start, end - start), &actions);
	return decoded;
}

/* Where the key begins whose colon ends before `end`.  In a string a quote always follows a backslash. */
static const char *
key_start(const AkTree *tree, const char **end)
{
	const char *close = *end;
	const char *start;

	while (*--close != ':');
	while (*--close != '"');
	for (start = close - 1; start > tree->source && (*start != '"' || start[-1] == '\\'); start--);
	*end = close + 1;
	return start;
}

static void
reserve_shape(AkTree *tree, int at)
{
	AkShape    *shape = &tree->shape;

	if (at < shape->room)
		return;
	shape->room *= 2;
	shape->keys = repalloc(shape->keys, sizeof(char *) * shape->room);
	shape->lengths = repalloc(shape->lengths, sizeof(int) * shape->room);
}

/* An item's key number `at`: the one of the item before where they are the same. */
static char *
item_key(AkTree *tree, int at, const char *start, const char *end)
{
	AkShape    *shape = &tree->shape;
	int			length = end - start - 2;
	MemoryContext old;

	shape->same = shape->same && at < shape->size;
	if (at < shape->size && shape->lengths[at] == length &&
		memcmp(shape->keys[at], start + 1, length) == 0)
		return shape->keys[at];
	shape->same = false;
	reserve_shape(tree, at);
	old = MemoryContextSwitchTo(tree->keep);
	shape->keys[at] = decode(start, end);
	MemoryContextSwitchTo(old);
	shape->lengths[at] = memchr(start, '\\', end - start) ? -1 : length;
	shape->size = Min(shape->size, at);
	return shape->keys[at];
}

/* ---- the parser's events ---- */

static AK_JSON_ACTION_RESULT
on_object_start(void *state)
{
	AkTree	   *tree = state;

	open_container(tree, AK_JSON_OBJECT);
	if (in_item(tree))
		tree->shape.same = true;
	AK_JSON_ACTION_DONE;
}

static AK_JSON_ACTION_RESULT
on_object_end(void *state)
{
	AkTree	   *tree = state;
	AkJson	   *object = tree->open[tree->depth - 1];

	if (!in_item(tree))
		check_double_keys(object, tree->what);
	else if (!tree->shape.same)
	{
		check_double_keys(object, tree->what);
		tree->shape.size = object->size;
	}
	tree->depth--;
	AK_JSON_ACTION_DONE;
}

static AK_JSON_ACTION_RESULT
on_array_start(void *state)
{
	open_container(state, AK_JSON_ARRAY);
	AK_JSON_ACTION_DONE;
}

static AK_JSON_ACTION_RESULT
on_array_end(void *state)
{
	((AkTree *) state)->depth--;
	AK_JSON_ACTION_DONE;
}

/* The value of a member begins. */
static AK_JSON_ACTION_RESULT
on_field_start(void *state, char *name, bool isnull)
{
	AkTree	   *tree = state;
	const char *end = tree->lexer->prev_token_terminator;
	const char *start = key_start(tree, &end);

	tree->start = tree->lexer->token_start;
	if (in_item(tree))
		tree->key = item_key(tree, tree->open[1]->size, start, end);
	else
		tree->key = decode(start, end);
	AK_JSON_ACTION_DONE;
}

static AK_JSON_ACTION_RESULT
on_element_start(void *state, bool isnull)
{
	AkTree	   *tree = state;

	tree->start = tree->lexer->token_start;
	AK_JSON_ACTION_DONE;
}

/* A member of the outermost list is complete: hands it on, and takes its memory again. */
static AK_JSON_ACTION_RESULT
on_element_end(void *state, bool isnull)
{
	AkTree	   *tree = state;

	if (!is_item(tree))
		AK_JSON_ACTION_DONE;
	if (!tree->each(tree->item, tree->number++, tree->arg))
		tree->keep_items = true;
	if (!tree->keep_items)
		MemoryContextReset(tree->items);
	AK_JSON_ACTION_DONE;
}

/* When it comes the next token has been read: the value's own ends where that one's predecessor does. */
static AK_JSON_ACTION_RESULT
on_scalar(void *state, char *token, JsonTokenType type)
{
	AkTree	   *tree = state;
	AkJson	   *value;

	switch (type)
	{
		case JSON_TOKEN_STRING:
			value = new_value(AK_JSON_STRING);
			value->text = decode(tree->start, tree->lexer->prev_token_terminator);
			break;
		case JSON_TOKEN_NUMBER:
			value = new_value(AK_JSON_NUMBER);
			value->text = token;
			break;
		case JSON_TOKEN_TRUE:
		case JSON_TOKEN_FALSE:
			value = ak_core_json_bool(type == JSON_TOKEN_TRUE);
			break;
		default:
			value = ak_core_json_null();
			break;
	}
	place(tree, value);
	AK_JSON_ACTION_DONE;
}

static void
parse(AkTree *tree, const char *source, int length)
{
	JsonSemAction actions = {
		.semstate = tree,
		.object_start = on_object_start,
		.object_end = on_object_end,
		.array_start = on_array_start,
		.array_end = on_array_end,
		.object_field_start = on_field_start,
		.array_element_start = on_element_start,
		.array_element_end = tree->each ? on_element_end : NULL,
		.scalar = on_scalar,
	};

	tree->lexer = ak_json_validator(source, length);
	tree->source = tree->start = source;
	while (tree->start < source + length && strchr(" \t\n\r", *tree->start) != NULL)
		tree->start++;
	tree->room = 8;
	tree->open = palloc(sizeof(AkJson *) * tree->room);
	if (tree->items != NULL)
		MemoryContextSwitchTo(tree->items);
	pg_parse_json_or_ereport(tree->lexer, &actions);
}

/*
 * Parses JSON text of the server's encoding into a tree in the current
 * context.  Malformed text is PostgreSQL's own 22P02.
 */
AkJson *
ak_core_json_parse(const char *source, int length, const char *what)
{
	AkTree		tree = {.what = what};

	parse(&tree, source, length);
	return tree.root;
}

void
ak_core_json_each(text *source, const char *what, AkJsonEachFn each, void *arg)
{
	AkTree		tree = {.what = what, .each = each, .arg = arg, .keep = CurrentMemoryContext};

	tree.items = AllocSetContextCreate(CurrentMemoryContext, "aksara document", ALLOCSET_DEFAULT_SIZES);
	tree.shape.room = 16;
	tree.shape.keys = palloc(sizeof(char *) * tree.shape.room);
	tree.shape.lengths = palloc(sizeof(int) * tree.shape.room);
	parse(&tree, VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source));
	MemoryContextSwitchTo(tree.keep);
	ak_core_json_expect(tree.root, AK_JSON_ARRAY, what);
	if (!tree.keep_items)
		MemoryContextDelete(tree.items);
}

AkJson *
ak_core_json_parse_text(text *source, const char *what)
{
	return ak_core_json_parse(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), what);
}

/* ---- writing ---- */

void
ak_core_json_write(StringInfo out, const AkJson *value)
{
	check_stack_depth();
	switch (value->kind)
	{
		case AK_JSON_NULL:
			appendStringInfoString(out, "null");
			break;
		case AK_JSON_BOOL:
			appendStringInfoString(out, value->truth ? "true" : "false");
			break;
		case AK_JSON_NUMBER:
			appendStringInfoString(out, value->text);
			break;
		case AK_JSON_STRING:
			escape_json(out, value->text);
			break;
		case AK_JSON_ARRAY:
			appendStringInfoChar(out, '[');
			for (int i = 0; i < value->size; i++)
			{
				if (i > 0)
					appendStringInfoString(out, ", ");
				ak_core_json_write(out, value->items[i]);
			}
			appendStringInfoChar(out, ']');
			break;
		case AK_JSON_OBJECT:
			appendStringInfoChar(out, '{');
			for (int i = 0; i < value->size; i++)
			{
				if (i > 0)
					appendStringInfoString(out, ", ");
				escape_json(out, value->keys[i]);
				appendStringInfoString(out, ": ");
				ak_core_json_write(out, value->items[i]);
			}
			appendStringInfoChar(out, '}');
			break;
		case AK_JSON_HOLE:
			elog(ERROR, "a value that is not known yet cannot be written");
	}
}

char *
ak_core_json_to_cstring(const AkJson *value)
{
	StringInfoData out;

	initStringInfo(&out);
	ak_core_json_write(&out, value);
	return out.data;
}

text *
ak_core_json_to_text(const AkJson *value)
{
	return cstring_to_text(ak_core_json_to_cstring(value));
}

/* Compares two trees; the order of an object's keys does not count. */
bool
ak_core_json_equal(const AkJson *a, const AkJson *b)
{
	check_stack_depth();
	if (a->kind != b->kind || a->size != b->size)
		return false;
	switch (a->kind)
	{
		case AK_JSON_NULL:
			return true;
		case AK_JSON_BOOL:
			return a->truth == b->truth;
		case AK_JSON_NUMBER:
		case AK_JSON_STRING:
			return strcmp(a->text, b->text) == 0;
		case AK_JSON_ARRAY:
			for (int i = 0; i < a->size; i++)
				if (!ak_core_json_equal(a->items[i], b->items[i]))
					return false;
			return true;
		case AK_JSON_OBJECT:
			for (int i = 0; i < a->size; i++)
			{
				AkJson	   *other = ak_core_json_get(b, a->keys[i]);

				if (other == NULL || !ak_core_json_equal(a->items[i], other))
					return false;
			}
			return true;
		case AK_JSON_HOLE:
			return a == b;
	}
	return false;
}

/* ---- typed members ---- */

const char *
ak_core_json_kind_name(AkJsonKind kind)
{
	static const char *const names[] = {
		[AK_JSON_NULL] = "null",
		[AK_JSON_BOOL] = "a boolean",
		[AK_JSON_NUMBER] = "a number",
		[AK_JSON_STRING] = "a string",
		[AK_JSON_ARRAY] = "a list",
		[AK_JSON_OBJECT] = "an object",
		[AK_JSON_HOLE] = "an expression",
	};

	return names[kind];
}

const AkJson *
ak_core_json_expect(const AkJson *value, AkJsonKind kind, const char *what)
{
	if (value->kind != kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be %s, not %s", what,
						ak_core_json_kind_name(kind), ak_core_json_kind_name(value->kind))));
	return value;
}

/* The member when it is there and not null, checked for its kind. */
static const AkJson *
typed_member(const AkJson *object, const char *key, AkJsonKind kind)
{
	AkJson	   *value = ak_core_json_get(object, key);

	if (value == NULL || value->kind == AK_JSON_NULL)
		return NULL;
	return ak_core_json_expect(value, kind, psprintf("\"%s\"", key));
}

bool
ak_core_json_get_bool(const AkJson *object, const char *key, bool otherwise)
{
	const AkJson *value = typed_member(object, key, AK_JSON_BOOL);

	return value == NULL ? otherwise : value->truth;
}

char *
ak_core_json_get_string(const AkJson *object, const char *key)
{
	const AkJson *value = typed_member(object, key, AK_JSON_STRING);

	return value == NULL ? NULL : value->text;
}

int64
ak_core_json_get_integer(const AkJson *object, const char *key, int64 otherwise)
{
	const AkJson *value = typed_member(object, key, AK_JSON_NUMBER);
	char	   *end;
	int64		number;

	if (value == NULL)
		return otherwise;
	errno = 0;
	number = strtoi64(value->text, &end, 10);
	if (errno != 0 || *end != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be a whole number, not %s", key, value->text)));
	return number;
}
