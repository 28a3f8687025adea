/*
 * link_fit.c
 *		Links whose columns are of another type than the keys that they hold.
 *
 * A native key may compare an integer with a numeric, or a date with a timestamp.
 * A key that would be rounded on its way into such a column would link another
 * row, so it is refused before.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_attribute.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

static bool
take_text(TupleTableSlot *row, void *arg)
{
	bool		isnull;
	Datum		value = slot_getattr(row, 1, &isnull);

	*(char **) arg = ak_core_output_iso(TupleDescAttr(row->tts_tupleDescriptor, 0)->atttypid, value);
	return false;
}

/* The first value that is not itself after the way through the column's type; NULL: there is none. */
static char *
find_misfit(const AkValue *value, Oid type, const char *column_type)
{
	bool		list = type != value->type;
	char	   *found = NULL;
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "SELECT v FROM (SELECT ");
	appendStringInfoString(&st.sql, list ? "pg_catalog.unnest(" : "");
	ak_core_bind(&st, value->type, value->datum, false);
	appendStringInfo(&st.sql, "%s) AS u (v) WHERE u.v::%s OPERATOR(pg_catalog.<>) u.v LIMIT 1",
					 list ? ")" : "", column_type);
	ak_core_run(&st, 0, take_text, &found);
	return found;
}

/* `value` is a value of the type, or an array of such. */
static void
check_column(Oid relid, const char *column, const AkValue *value, Oid type)
{
	AttrNumber	attnum = get_attnum(relid, column);
	Oid			column_type;
	Oid			collation;
	int32		typmod;
	char	   *misfit;

	if (attnum == InvalidAttrNumber || value->isnull)
		return;
	get_atttypetypmodcoll(relid, attnum, &column_type, &typmod, &collation);
	column_type = getBaseTypeAndTypmod(column_type, &typmod);
	if (column_type == getBaseType(type) || column_type >= FirstNormalObjectId || type >= FirstNormalObjectId)
		return;
	misfit = find_misfit(value, type, ak_core_type_name(column_type, typmod));
	if (misfit != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" of table \"%s\" cannot hold key %s", column, get_rel_name(relid), misfit),
				 errdetail("The column is of type %s, the key of type %s.",
						   format_type_with_typemod(column_type, typmod), format_type_be(type))));
}

/* The columns that are to hold the key; those that are to hold the targets, in a junction. */
void
ak_relation_check_fit(const AkLink *link)
{
	const AkRelation *relation = link->step.relation;
	bool		junction = relation->kind == AK_MANY_TO_MANY;
	Oid			relid = junction ? relation->junction_relid : relation->source->relid;
	List	   *from;
	List	   *to = NIL;

	if (junction)
		ak_relation_junction(&link->step, &from, &to);
	else
		from = ak_relation_column_names(relation->source_fields);
	for (int i = 0; i < list_length(from); i++)
		check_column(relid, list_nth(from, i), &link->keys[i], link->keys[i].type);
	for (int i = 0; i < list_length(to); i++)
		check_column(relid, list_nth(to, i), &link->targets[i], ((AkField *) list_nth(link->other_keys, i))->typid);
}
