/*
 * adopt.c
 *		Relations of adopted tables, read from the catalog.
 *
 * A foreign key whose target is a model makes its column a relation; where it
 * is unique, a one-to-one.  What happens on delete is what the native key does:
 * NO ACTION and RESTRICT are DO_NOTHING, for aksara adds nothing to a table
 * that it adopts.  A foreign key to a table that is no model is none: its column
 * stays a plain field until the table is adopted again.
 *
 * The fields are registered first, all tables' of the call; then what they lead
 * to is (adopt_register.c), because accessors are chosen that meet no field of
 * the target.  Last, junctions are looked for (adopt_junction.c).
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_constraint.h"
#include "utils/lsyscache.h"

#include "relation/adopt.h"

/* ---- which keys become relations ---- */

static AkAdoptedColumn *
column_numbered(const AkAdoption *adoption, int attnum)
{
	ListCell   *cell;

	foreach(cell, adoption->columns)
		if (((AkAdoptedColumn *) lfirst(cell))->attnum == attnum)
			return lfirst(cell);
	return NULL;
}

static Oid
base_type(Oid relid, int attnum)
{
	return getBaseType(get_atttype(relid, attnum));
}

/* Does "=" compare the two types as a native key between them does?  Of an extension's types only itself knows. */
static bool
are_comparable(Oid a, Oid b)
{
	return a == b || (a < FirstNormalObjectId && b < FirstNormalObjectId);
}

const char *
ak_relation_why_not_adopted(const AkForeignKey *key)
{
	const AkModel *target = ak_model_by_table(ak_model_registry(), key->target);
	ListCell   *a;
	ListCell   *b;

	if (target == NULL)
		return psprintf("table %s is no model",
						ak_core_qualified(get_namespace_name(get_rel_namespace(key->target)), get_rel_name(key->target)));
	if (key->over_period)
		return "it is over a period";
	forboth(a, key->columns, b, key->referenced)
		if (!are_comparable(base_type(key->source, lfirst_int(a)), base_type(key->target, lfirst_int(b))))
			return psprintf("column \"%s\" is of another type than column \"%s\" of table \"%s\"",
							get_attname(key->source, lfirst_int(a), false),
							get_attname(key->target, lfirst_int(b), false), get_rel_name(key->target));
	return NULL;
}

static const char *
on_delete_word(const AkForeignKey *key)
{
	switch (key->action)
	{
		case FKCONSTR_ACTION_CASCADE:
			return "CASCADE";
		case FKCONSTR_ACTION_SETNULL:
			return "SET_NULL";
		case FKCONSTR_ACTION_SETDEFAULT:
			return "SET_DEFAULT";
		default:
			return "DO_NOTHING";
	}
}

/* The field becomes a relation over the key; AkFieldDef.extra says which. */
void
ak_relation_make_adopted(AkFieldDef *field, const AkForeignKey *key)
{
	const AkModel *target = ak_model_by_table(ak_model_registry(), key->target);
	AkAdoptedRelation *relation = palloc0(sizeof(AkAdoptedRelation));
	AkJson	   *options = ak_core_json_object();

	relation->key = key;
	relation->def.kind = ak_relation_is_unique(key->source, key->columns) ? AK_ONE_TO_ONE : AK_FOREIGN_KEY;
	relation->def.target_app = target->app;
	relation->def.target_name = target->name;
	relation->def.on_delete = ak_relation_on_delete_kind(on_delete_word(key));
	ak_core_json_put(options, "to", ak_core_json_string(target->label));
	ak_core_json_put(options, "on_delete", ak_core_json_string(on_delete_word(key)));
	if (key->deferrable)
		ak_core_json_put(options, "deferrable", ak_core_json_string(key->deferred ? "deferred" : "immediate"));
	if (field->column != NULL)
		ak_core_json_put(options, "column", ak_core_json_string(field->column));
	field->type = ak_model_find_type(ak_relation_kind_word(relation->def.kind));
	field->options = options;
	field->extra = relation;
}

void
ak_relation_adopting(AkAdoption *adoption)
{
	ListCell   *cell;

	foreach(cell, ak_relation_foreign_keys(adoption->relid))
	{
		const AkForeignKey *key = lfirst(cell);
		AkAdoptedColumn *column = column_numbered(adoption, linitial_int(key->columns));

		if (ak_relation_why_not_adopted(key) != NULL)
			continue;
		if (list_length(key->columns) > 1)
			adoption->other_names = lappend(adoption->other_names, key->name);
		else if (column->field.type != NULL && !column->field.type->relation &&
				 (column->present == NULL || !column->present->type->relation))
			ak_relation_make_adopted(&column->field, key);
	}
}
