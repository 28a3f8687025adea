/*
 * custom_load.c
 *		Field types of one's own in the registry's picture.
 *
 * A row of aksara.field_type is one type in all its versions.  Each becomes a
 * kind like those that are built in, made of a copy of its base: what the
 * base does with columns and values it does, and what the definition adds
 * stands beside.  A field whose type is not there has a kind that stands in
 * for it and does no more than the column's type does.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"

#include "model/custom_type.h"

/* ---- finding ---- */

typedef struct AkVersions
{
	char		key[2 * NAMEDATALEN + 2];	/* app, a dot, name: MUST BE FIRST */
	List	   *versions;		/* of AkCustomType * */
} AkVersions;

static AkVersions *
versions_of(AkRegistry *registry, const char *app, const char *name, HASHACTION action)
{
	char		key[2 * NAMEDATALEN + 2] = {0};
	AkVersions *entry;
	bool		found;

	if (strlen(app) >= NAMEDATALEN || strlen(name) >= NAMEDATALEN)
		return NULL;
	snprintf(key, sizeof(key), "%s.%s", app, name);
	entry = hash_search(registry->custom_by_label, key, action, &found);
	if (entry != NULL && !found)
		entry->versions = NIL;
	return entry;
}

const AkCustomType *
ak_model_custom_of(AkRegistry *registry, const char *app, const char *name, int version)
{
	const AkVersions *entry = versions_of(registry, app, name, HASH_FIND);
	ListCell   *cell;

	foreach(cell, entry ? entry->versions : NIL)
	{
		const AkCustomType *custom = lfirst(cell);

		if (custom->version == (version ? version : custom->newest))
			return custom;
	}
	return NULL;
}

/* Along search_path, and among those that come with the extension at last. */
static const AkCustomType *
find_along_path(AkRegistry *registry, const char *name, int version)
{
	List	   *path = fetch_search_path(false);
	const AkCustomType *found = NULL;
	ListCell   *cell;

	foreach(cell, path)
	{
		char	   *schema = get_namespace_name(lfirst_oid(cell));

		if (schema != NULL && found == NULL)
			found = ak_model_custom_of(registry, schema, name, version);
	}
	list_free(path);
	return found ? found : ak_model_custom_of(registry, "aksara", name, version);
}

const AkFieldType *
ak_model_find_custom_type(const char *name, int version)
{
	AkRegistry *registry = ak_model_registry();
	const AkCustomType *custom;
	char	   *app;
	char	   *bare;

	if (ak_model_split_name(name, &app, &bare))
		custom = ak_model_custom_of(registry, app, bare, version);
	else
		custom = find_along_path(registry, bare, version);
	return custom ? &custom->type : NULL;
}

List *
ak_model_custom_type_names(void)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, ak_model_registry()->custom_types)
	{
		AkCustomType *custom = lfirst(cell);

		if (custom->version != custom->newest || custom->gone)
			continue;
		names = lappend(names, custom->bare);
		names = lappend(names, unconstify(char *, custom->type.name));
	}
	return names;
}

/* ---- building ---- */

/* A version's number; 0 where the text is none. */
static int
number_of(const char *text)
{
	char	   *end;
	long		number;

	errno = 0;
	number = strtol(text, &end, 10);
	return errno != 0 || *end != '\0' || number < 1 || number > PG_INT32_MAX ? 0 : number;
}

static AkJson *
member(const AkJson *object, const char *key, AkJsonKind kind)
{
	AkJson	   *value = ak_core_json_get(object, key);

	return value != NULL && value->kind == kind ? value : NULL;
}

AkJson *
ak_model_type_part(const AkCustomType *custom, const char *part)
{
	return member(custom->definition, part, AK_JSON_OBJECT);
}

/* The words that a field of the type takes besides the common ones. */
static const char *const *
option_names(const AkCustomType *custom)
{
	const AkFieldType *base = custom->base;
	int			count = 0;
	int			n = 0;
	const char **names;

	while (base->options && base->options[count])
		count++;
	names = palloc0((count + custom->own->size + 2) * sizeof(char *));
	for (int i = 0; i < count; i++)
		if (strcmp(base->options[i], "type_version") != 0 && ak_core_json_get(custom->own, base->options[i]) == NULL)
			names[n++] = base->options[i];
	for (int i = 0; i < custom->own->size; i++)
		names[n++] = custom->own->keys[i];
	names[n++] = "type_version";
	return names;
}

/* Its own options behind those of a base that is made, too. */
static AkJson *
own_options(const AkCustomType *custom)
{
	const AkJson *own = ak_model_type_part(custom, "options");
	AkJson	   *all = custom->base->custom ? ak_core_json_copy(custom->base->custom->own) : ak_core_json_object();

	for (int i = 0; own && i < own->size; i++)
		ak_core_json_put(all, own->keys[i], own->items[i]);
	return all;
}

static void
take_function(const AkCustomType *custom, const char *part, const char **name, const char **app)
{
	const AkJson *own = member(custom->definition, part, AK_JSON_STRING);

	if (own != NULL)
	{
		*name = own->text;
		*app = custom->app;
	}
}

static void
take_functions(AkCustomType *custom)
{
	const AkCustomType *base = custom->base->custom;

	if (base != NULL)
	{
		custom->reader = base->reader;
		custom->reader_app = base->reader_app;
		custom->writer = base->writer;
		custom->writer_app = base->writer_app;
	}
	take_function(custom, "from_external", &custom->reader, &custom->reader_app);
	take_function(custom, "to_external", &custom->writer, &custom->writer_app);
}

static void
complete(AkCustomType *custom)
{
	const char *name = custom->type.name;

	custom->own = own_options(custom);
	custom->type = *custom->base;
	custom->type.name = name;
	custom->type.options = option_names(custom);
	custom->type.define = ak_model_define_custom;
	custom->type.custom = custom;
	take_functions(custom);
}

static void
stand_in(AkCustomType *custom)
{
	const char *name = custom->type.name;

	custom->gone = true;
	custom->own = ak_core_json_object();
	memset(&custom->type, 0, sizeof(AkFieldType));
	custom->type.name = name;
	custom->type.options = NULL;
	custom->type.define = ak_model_define_custom;
	custom->type.custom = custom;
}

/* A type on a type on a type …: no more than so many, and no longer a way is looked down at all. */
#define MOST_BASES 16
#define LONGEST_WAY 1000

static bool resolve(AkRegistry *registry, AkCustomType *custom, int depth);

static const AkFieldType *
find_base(AkRegistry *registry, const AkCustomType *custom, int depth)
{
	const AkFieldType *built_in = ak_model_find_built_in_type(custom->base_name);
	const AkJson *version = member(custom->definition, "base_version", AK_JSON_NUMBER);
	const AkCustomType *base;
	char	   *app;
	char	   *bare;

	if (built_in != NULL)
		return built_in->relation ? NULL : built_in;
	if (!ak_model_split_name(custom->base_name, &app, &bare))
		return NULL;
	base = ak_model_custom_of(registry, app, bare, version ? number_of(version->text) : 0);
	if (base == NULL || base->resolving || depth == LONGEST_WAY || !resolve(registry, unconstify(AkCustomType *, base), depth + 1))
		return NULL;
	return &base->type;
}

static bool
resolve(AkRegistry *registry, AkCustomType *custom, int depth)
{
	if (custom->base != NULL || custom->gone)
		return !custom->gone;
	custom->resolving = true;
	custom->base = find_base(registry, custom, depth);
	custom->resolving = false;
	custom->depth = custom->base != NULL && custom->base->custom != NULL ? custom->base->custom->depth + 1 : 0;
	if (custom->base != NULL && custom->depth <= MOST_BASES)
		complete(custom);
	else
		stand_in(custom);
	return !custom->gone;
}

bool
ak_model_resolve_custom_type(AkRegistry *registry, AkCustomType *custom)
{
	return resolve(registry, custom, 0);
}

AkCustomType *
ak_model_build_custom_type(AkRegistry *registry, const char *app, const char *name, int version,
						   const char *base, AkJson *definition)
{
	AkCustomType *custom = palloc0(sizeof(AkCustomType));

	custom->app = pstrdup(app);
	custom->bare = pstrdup(name);
	custom->version = version;
	custom->newest = version;
	custom->type.name = psprintf("%s.%s", app, name);
	custom->base_name = pstrdup(base);
	custom->definition = definition;
	return custom;
}

/* ---- loading ---- */

static AkJson *
parsed(HeapTuple row, TupleDesc desc, const char *column)
{
	char	   *text = ak_core_registry_column(row, desc, column);

	return ak_core_json_parse(text, strlen(text), "the registry");
}

static void
enter(AkRegistry *registry, AkCustomType *custom)
{
	AkVersions *entry = versions_of(registry, custom->app, custom->bare, HASH_ENTER);

	registry->custom_types = lappend(registry->custom_types, custom);
	if (entry != NULL)
		entry->versions = lappend(entry->versions, custom);
}

static void
add_earlier(AkRegistry *registry, const AkCustomType *now, const AkJson *earlier)
{
	for (int i = 0; i < earlier->size; i++)
	{
		AkJson	   *base = member(earlier->items[i], "base", AK_JSON_STRING);
		AkJson	   *definition = member(earlier->items[i], "definition", AK_JSON_OBJECT);
		AkCustomType *custom;

		if (base == NULL || definition == NULL)
			continue;
		custom = ak_model_build_custom_type(registry, now->app, now->bare, number_of(earlier->keys[i]), base->text, definition);
		custom->newest = now->version;
		enter(registry, custom);
	}
}

static void
load_type(HeapTuple row, TupleDesc desc, void *arg)
{
	AkRegistry *registry = arg;
	AkCustomType *custom = ak_model_build_custom_type(registry,
													  ak_core_registry_column(row, desc, "app"),
													  ak_core_registry_column(row, desc, "name"),
													  number_of(ak_core_registry_column(row, desc, "version")),
													  ak_core_registry_column(row, desc, "base"),
													  parsed(row, desc, "definition"));

	enter(registry, custom);
	add_earlier(registry, custom, parsed(row, desc, "earlier"));
}

void
ak_model_load_custom_types(AkRegistry *registry)
{
	HASHCTL		control = {
		.keysize = 2 * NAMEDATALEN + 2, .entrysize = sizeof(AkVersions), .hcxt = registry->context
	};
	ListCell   *cell;

	registry->custom_by_label = hash_create("aksara field types", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ak_core_registry_scan("field_type", load_type, registry);
	foreach(cell, registry->custom_types)
		(void) ak_model_resolve_custom_type(registry, lfirst(cell));
}

const AkFieldType *
ak_model_type_of_row(AkRegistry *registry, const char *kind, const AkJson *options)
{
	const AkFieldType *built_in = ak_model_find_built_in_type(kind);
	const AkJson *version = member(options, "type_version", AK_JSON_NUMBER);
	const AkCustomType *custom;
	AkCustomType *missing;
	char	   *app;
	char	   *bare;

	if (built_in != NULL || !ak_model_split_name(kind, &app, &bare))
		return built_in;
	custom = ak_model_custom_of(registry, app, bare, version ? number_of(version->text) : 0);
	if (custom != NULL)
		return &custom->type;
	missing = ak_model_build_custom_type(registry, app, bare, version ? number_of(version->text) : 1, "", ak_core_json_object());
	stand_in(missing);
	return &missing->type;
}
