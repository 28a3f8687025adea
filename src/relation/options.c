/*
 * options.c
 *		What a definition says of a relation: to, to_field, on_delete,
 *		related_name, through, db_constraint, deferrable, symmetrical.
 *
 * An unqualified target is looked for in the model's own app, then along
 * search_path; where it is not found it is one of the model's own app that is
 * still to come.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/namespace.h"
#include "catalog/pg_type.h"

#include "relation/internal.h"

static const struct
{
	const char *word;
	AkOnDelete	kind;
}			on_deletes[] =
{
	{"CASCADE", AK_CASCADE},
	{"PROTECT", AK_PROTECT},
	{"RESTRICT", AK_RESTRICT},
	{"SET_NULL", AK_SET_NULL},
	{"SET_DEFAULT", AK_SET_DEFAULT},
	{"SET", AK_SET_VALUE},
	{"DO_NOTHING", AK_DO_NOTHING},
};

static const char *const kinds[] = {
	[AK_FOREIGN_KEY] = "ForeignKey",
	[AK_ONE_TO_ONE] = "OneToOne",
	[AK_MANY_TO_MANY] = "ManyToMany",
};

const char *
ak_relation_on_delete_word(AkOnDelete on_delete)
{
	for (int i = 0; i < (int) lengthof(on_deletes); i++)
		if (on_deletes[i].kind == on_delete)
			return on_deletes[i].word;
	elog(ERROR, "unknown on_delete kind %d", (int) on_delete);
	return NULL;
}

AkOnDelete
ak_relation_on_delete_kind(const char *word)
{
	for (int i = 0; i < (int) lengthof(on_deletes); i++)
		if (strcmp(on_deletes[i].word, word) == 0)
			return on_deletes[i].kind;
	return AK_DO_NOTHING;
}

const char *
ak_relation_kind_word(AkRelationKind kind)
{
	return kinds[kind];
}

AkRelationKind
ak_relation_word_kind(const char *word)
{
	for (int i = 0; i < (int) lengthof(kinds); i++)
		if (strcmp(kinds[i], word) == 0)
			return i;
	return AK_FOREIGN_KEY;
}

/* A text option; NULL when absent, 42P16 when it is no text or empty. */
static char *
text_option(const AkFieldDef *def, const char *option)
{
	const AkJson *value = ak_core_json_get(def->options, option);

	if (value == NULL || value->kind == AK_JSON_NULL)
		return NULL;
	if (value->kind != AK_JSON_STRING || *value->text == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("option \"%s\" of field \"%s\" must be a name", option, def->name)));
	return value->text;
}

/* ---- names of models ---- */

/* Splits "app.Name" at the last dot; without one the app is NULL. */
static char *
split_app(const char *name, char **app)
{
	const char *dot = strrchr(name, '.');

	*app = dot ? pnstrdup(name, dot - name) : NULL;
	return pstrdup(dot ? dot + 1 : name);
}

static void
check_app(const AkFieldDef *def, const char *app)
{
	if (!OidIsValid(get_namespace_oid(app, true)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" does not exist", app),
				 errdetail("Field \"%s\" refers to a model in it.", def->name)));
}

/* Finds the model that `word` names, or the name it will have. */
static AkModel *
resolve_name(const AkFieldDef *def, const char *word, char **app, char **name)
{
	AkRegistry *registry = ak_model_registry();
	AkModel    *found;

	*name = split_app(word, app);
	ak_core_check_identifier(*name, "name of a model");
	if (*app != NULL)
		check_app(def, *app);
	found = ak_model_find(registry, *app ? *app : def->model->app, *name);
	if (found == NULL && *app == NULL)
		found = ak_model_lookup(registry, word);
	if (found != NULL)
		*app = found->app;
	else if (*app == NULL)
		*app = def->model->app;
	return found;
}

static void
read_target(AkFieldDef *def, AkRelationDef *relation)
{
	const char *to = text_option(def, "to");

	if (to == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" needs option \"to\", the model it refers to", def->name)));
	relation->target_app = def->model->app;
	relation->target_name = def->model->name;
	if (strcmp(to, "self") != 0 && strcmp(to, def->model->name) != 0)
		relation->target = resolve_name(def, to, &relation->target_app, &relation->target_name);
	relation->self = strcmp(relation->target_app, def->model->app) == 0 &&
		strcmp(relation->target_name, def->model->name) == 0;
	if (relation->self)
		relation->target = NULL;
}

/* ---- on_delete ---- */

/* Upper case, blanks and hyphens as underscores: "set null" is SET_NULL. */
static char *
normal_word(const char *text)
{
	char	   *word = pstrdup(text);

	for (char *c = word; *c; c++)
		*c = *c == ' ' || *c == '-' ? '_' : toupper((unsigned char) *c);
	return word;
}

/* The text between the brackets of SET(…); NULL when it is no such thing. */
static char *
set_argument(const char *text)
{
	const char *open = text + 3;
	int			length = strlen(text);

	if (pg_strncasecmp(text, "SET", 3) != 0)
		return NULL;
	while (isspace((unsigned char) *open))
		open++;
	if (*open != '(' || text[length - 1] != ')')
		return NULL;
	return pnstrdup(open + 1, text + length - 1 - (open + 1));
}

static void
unknown_on_delete(const AkFieldDef *def, const char *word)
{
	List	   *choices = NIL;

	for (int i = 0; i < (int) lengthof(on_deletes); i++)
		choices = lappend(choices, on_deletes[i].kind == AK_SET_VALUE ? "SET(expression)"
						  : unconstify(char *, on_deletes[i].word));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("option \"on_delete\" of field \"%s\" must not be \"%s\"", def->name, word),
			 ak_core_hint_nearest(normal_word(word), choices)));
}

static bool
option_given(const AkFieldDef *def, const char *option)
{
	const AkJson *value = ak_core_json_get(def->options, option);

	return value != NULL && value->kind != AK_JSON_NULL;
}

/* SET_NULL and SET_DEFAULT need something to set. */
static void
check_on_delete(const AkFieldDef *def, AkOnDelete on_delete)
{
	bool		defaulted = def->default_sql != NULL || option_given(def, "default") ||
		option_given(def, "db_default");

	if (on_delete == AK_SET_NULL && !def->nullable)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" cannot be SET_NULL because it is not nullable", def->name),
				 errhint("Add \"nullable\": true.")));
	if (on_delete == AK_SET_DEFAULT && !def->nullable && !defaulted)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" cannot be SET_DEFAULT because it has no default", def->name),
				 errhint("Add \"default\", or \"nullable\": true.")));
}

static void
read_on_delete(AkFieldDef *def, AkRelationDef *relation)
{
	const char *text = text_option(def, "on_delete");
	const char *word;

	relation->on_delete = AK_CASCADE;
	if (text == NULL)
		return;
	relation->set_expression = set_argument(text);
	if (relation->set_expression != NULL)
	{
		relation->on_delete = AK_SET_VALUE;
		relation->set_expression = ak_relation_expression(relation->set_expression, def->name);
		return;
	}
	word = normal_word(text);
	relation->on_delete = ak_relation_on_delete_kind(word);
	if (relation->on_delete == AK_SET_VALUE ||
		strcmp(ak_relation_on_delete_word(relation->on_delete), word) != 0)
		unknown_on_delete(def, text);
	if (relation->from_fields == NIL)
		check_on_delete(def, relation->on_delete);
}

/* ---- the native key ---- */

static bool
truth_option(const AkFieldDef *def, const char *option, bool otherwise)
{
	const AkJson *value = ak_core_json_get(def->options, option);

	if (value == NULL || value->kind == AK_JSON_NULL)
		return otherwise;
	if (value->kind != AK_JSON_BOOL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("option \"%s\" of field \"%s\" must be true or false", option, def->name)));
	return value->truth;
}

AkDeferral
ak_relation_deferral(const char *field, const AkJson *options)
{
	AkDeferral	deferral;

	if (!ak_model_read_deferral(ak_core_json_get(options, "deferrable"), &deferral))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("option \"deferrable\" of field \"%s\" must be " AK_DEFERRAL_WORDS, field)));
	return deferral;
}

/* Without a native key nobody does what on_delete says, and there is nothing to defer. */
static void
check_constraint(const AkFieldDef *def, const AkRelationDef *relation)
{
	bool		constrained = truth_option(def, "db_constraint", true);
	AkDeferral	deferral = ak_relation_deferral(def->name, def->options);

	if (constrained)
		return;
	if (relation->on_delete != AK_DO_NOTHING)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" cannot be %s without a native key", def->name,
						ak_relation_on_delete_word(relation->on_delete)),
				 errhint("Add \"on_delete\": \"DO_NOTHING\", or leave out \"db_constraint\": false.")));
	if (deferral != AK_NOT_DEFERRABLE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" cannot be deferrable without a native key", def->name),
				 errhint("Leave out \"deferrable\", or \"db_constraint\": false.")));
}

/* ---- the whole ---- */

/* Links without a direction: of a model to itself, with no way back. */
static void
read_symmetrical(const AkFieldDef *def, const AkRelationDef *relation)
{
	const char *problem = NULL;

	if (!truth_option(def, "symmetrical", false))
		return;
	if (!relation->self)
		problem = "it does not refer to its own model";
	else if (relation->related_name != NULL && strcmp(relation->related_name, "+") != 0)
		problem = "it has a related_name";
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" cannot be symmetrical, because %s", def->name, problem)));
}

static void
read_through(AkFieldDef *def, AkRelationDef *relation)
{
	const char *through = text_option(def, "through");

	if (through != NULL)
		resolve_name(def, through, &relation->through_app, &relation->through_name);
}

/* What makes no sense where there is no column. */
static void
refuse_column_options(const AkFieldDef *def)
{
	static const char *const options[] = {
		"nullable", "default", "db_default", "unique", "primary_key", "db_index", "column", "choices"
	};

	for (int i = 0; i < (int) lengthof(options); i++)
		if (option_given(def, options[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("field \"%s\" cannot have option \"%s\"", def->name, options[i]),
					 errdetail("A many-to-many field has no column.")));
}

/* Is that the name the field has, whatever was asked of names when it got it? */
static bool
is_present_name(const AkFieldDef *def, const char *name)
{
	const AkRelation *present = ak_relation_find(def->model->app, def->model->name, def->name);

	return present != NULL && present->related_name != NULL && strcmp(present->related_name, name) == 0;
}

/* Any name that ends in "+" hides the way back. */
static void
read_related_name(const AkFieldDef *def, AkRelationDef *relation)
{
	char	   *written = text_option(def, "related_name");
	char	   *name = ak_model_own_name(def->model, written);

	if (name != NULL && strcmp(name, written) != 0)
		ak_core_json_put(def->options, "related_name", ak_core_json_string(name));
	if (name != NULL && name[strlen(name) - 1] == '+')
		name = "+";
	if (name != NULL && !is_present_name(def, name))
		ak_relation_check_accessor_name(def->name, name);
	relation->related_name = name;
}

/* Reads the options of one relation field. */
AkRelationDef *
ak_relation_read_options(AkFieldDef *def, AkRelationKind kind)
{
	AkRelationDef *relation = palloc0(sizeof(AkRelationDef));

	relation->kind = kind;
	read_target(def, relation);
	read_related_name(def, relation);
	if (kind == AK_MANY_TO_MANY)
	{
		refuse_column_options(def);
		read_through(def, relation);
		read_symmetrical(def, relation);
		return relation;
	}
	relation->to_field = text_option(def, "to_field");
	relation->from_fields = ak_relation_field_names(def->name, def->options, "from_fields");
	relation->to_fields = ak_relation_field_names(def->name, def->options, "to_fields");
	if (relation->to_field != NULL && relation->to_fields != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("options \"to_field\" and \"to_fields\" of field \"%s\" exclude each other", def->name)));
	read_on_delete(def, relation);
	check_constraint(def, relation);
	return relation;
}
