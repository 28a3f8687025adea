/*
 * adopt_column.c
 *		A column of a table that is there, as the field that describes it.
 *
 * The kind of field is the one whose values the column's type holds; what the
 * kind would ask beyond that (a finite number, a host's address) is not added,
 * because the table is not altered.  The catalog stays the truth about length,
 * nullability, defaults and keys; options say what a definition would.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "model/internal.h"

static const struct
{
	Oid			type;
	const char *kind;
}			kinds[] =
{
	{BOOLOID, "Boolean"},
	{INT2OID, "SmallInteger"},
	{INT4OID, "Integer"},
	{INT8OID, "BigInteger"},
	{FLOAT4OID, "Float"},
	{FLOAT8OID, "Float"},
	{NUMERICOID, "Decimal"},
	{TEXTOID, "Text"},
	{VARCHAROID, "Text"},
	{BPCHAROID, "Text"},
	{DATEOID, "Date"},
	{TIMEOID, "Time"},
	{TIMETZOID, "Time"},
	{TIMESTAMPOID, "DateTime"},
	{TIMESTAMPTZOID, "DateTime"},
	{INTERVALOID, "Duration"},
	{UUIDOID, "UUID"},
	{JSONOID, "JSON"},
	{JSONBOID, "JSON"},
	{BYTEAOID, "Binary"},
	{INETOID, "IPAddress"},
	{CIDROID, "IPAddress"},
	{INT4RANGEOID, "IntegerRange"},
	{INT8RANGEOID, "BigIntegerRange"},
	{NUMRANGEOID, "DecimalRange"},
	{DATERANGEOID, "DateRange"},
	{TSRANGEOID, "DateTimeRange"},
	{TSTZRANGEOID, "DateTimeRange"},
};

/* The kind for a type that is no array; NULL where there is none. */
static const char *
kind_of_type(Oid type)
{
	char		category;
	bool		preferred;

	for (int i = 0; i < lengthof(kinds); i++)
		if (kinds[i].type == type)
			return kinds[i].kind;
	if (get_typtype(type) == TYPTYPE_ENUM)
		return "Enum";
	/* Other strings: name, citext. */
	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_STRING && get_typtype(type) == TYPTYPE_BASE ? "Text" : NULL;
}

static void
put_number(AkJson *options, const char *option, int64 number)
{
	ak_core_json_put(options, option, ak_core_json_integer(number));
}

/* A length or a precision.  A limited text is a String. */
static const char *
put_size(const char *kind, Oid type, int32 typmod, AkJson *options)
{
	int			digits = ((typmod - VARHDRSZ) >> 16) & 0xffff;
	int			places = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;

	if (typmod < VARHDRSZ)
		return kind;
	if (type == VARCHAROID || type == BPCHAROID)
	{
		put_number(options, "max_length", typmod - VARHDRSZ);
		return "String";
	}
	if (type == NUMERICOID && places >= 0 && places <= digits)
	{
		put_number(options, "max_digits", digits);
		put_number(options, "decimal_places", places);
	}
	return kind;
}

/* An enum's labels, in their order. */
AkJson *
ak_model_enum_labels(Oid type)
{
	AkJson	   *labels = ak_core_json_array();
	Relation	rel = table_open(EnumRelationId, AccessShareLock);
	Relation	index = index_open(EnumTypIdSortOrderIndexId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
	scan = systable_beginscan_ordered(rel, index, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
		ak_core_json_push(labels, ak_core_json_string(NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel)));
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	return labels;
}

/* ---- arrays ---- */

/* The kinds that an array's items may be of, as its definition names them. */
static bool
is_item_kind(const char *kind)
{
	static const char *const others[] = {"JSON", "Binary", "IPAddress", "Enum", NULL};

	for (int i = 0; others[i]; i++)
		if (strcmp(others[i], kind) == 0)
			return false;
	return strstr(kind, "Range") == NULL;
}

/* Items of an enum are texts to documents. */
static const char *
map_array(Oid item_type, int32 typmod, AkJson *options)
{
	Oid			base = getBaseTypeAndTypmod(item_type, &typmod);
	const char *kind = kind_of_type(base);
	AkJson	   *item = ak_core_json_object();

	if (kind != NULL && strcmp(kind, "Enum") == 0)
		kind = "Text";
	if (kind == NULL || !is_item_kind(kind))
		return NULL;
	kind = put_size(kind, base, typmod, item);
	if (item->size > 0)
		ak_core_json_put(item, "type", ak_core_json_string(kind));
	ak_core_json_put(options, "item_type", item->size > 0 ? item : ak_core_json_string(kind));
	return "Array";
}

/* ---- columns that fill themselves ---- */

/* Does the column take its numbers from a sequence of its own? */
static bool
numbers_itself(Relation rel, Form_pg_attribute att)
{
	ListCell   *cell;

	if (att->attidentity != '\0')
		return true;
	if (!att->atthasdef)
		return false;
	foreach(cell, getOwnedSequences(RelationGetRelid(rel)))
	{
		Oid			table;
		int32		column;

		if (sequenceIsOwned(lfirst_oid(cell), DEPENDENCY_AUTO, &table, &column) && column == att->attnum)
			return true;
	}
	return false;
}

static const char *
numbering_kind(const char *kind)
{
	if (strcmp(kind, "SmallInteger") == 0)
		return "SmallAuto";
	if (strcmp(kind, "Integer") == 0)
		return "Auto";
	return strcmp(kind, "BigInteger") == 0 ? "BigAuto" : kind;
}

/* The column's expression, with names qualified. */
static char *
generation_expression(Relation rel, AttrNumber attnum)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;
	int			level = ak_model_pin_search_path();
	char	   *source = NULL;

	for (int i = 0; constr && i < constr->num_defval; i++)
	{
		Datum		expression;

		if (constr->defval[i].adnum != attnum)
			continue;
		expression = DirectFunctionCall2(pg_get_expr, CStringGetTextDatum(constr->defval[i].adbin),
										 ObjectIdGetDatum(RelationGetRelid(rel)));
		source = TextDatumGetCString(expression);
	}
	ak_model_unpin_search_path(level);
	return source;
}

/* What comes out is the kind that the column would be of without its expression. */
static const char *
map_generated(Relation rel, AttrNumber attnum, const char *kind, AkJson *options)
{
	AkJson	   *output = ak_core_json_copy(options);
	char	   *expression = generation_expression(rel, attnum);

	if (expression == NULL)
		return kind;
	for (int i = 0; i < output->size; i++)
		ak_core_json_remove(options, output->keys[i]);
	ak_core_json_put(output, "type", ak_core_json_string(kind));
	ak_core_json_put(options, "expression", ak_core_json_string(expression));
	ak_core_json_put(options, "output_field", output);
	return "Generated";
}

/* ---- one column ---- */

/* A collation that is not the type's own. */
static void
put_collation(Form_pg_attribute att, AkJson *options)
{
	HeapTuple	tuple;
	Form_pg_collation form;
	char	   *schema;

	if (!OidIsValid(att->attcollation) || att->attcollation == get_typcollation(att->atttypid))
		return;
	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(att->attcollation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", att->attcollation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	schema = get_namespace_name(form->collnamespace);
	ak_core_json_put(options, "db_collation", ak_core_json_string(
						 strcmp(schema, "pg_catalog") == 0 ? pstrdup(NameStr(form->collname))
						 : psprintf("%s.%s", schema, NameStr(form->collname))));
	ReleaseSysCache(tuple);
}

/* The kind of field, with what its options say; NULL where there is none. */
static const char *
map_type(Relation rel, Form_pg_attribute att, AkAdoptedColumn *column)
{
	int32		typmod = att->atttypmod;
	Oid			item;
	const char *kind;

	column->typid = getBaseTypeAndTypmod(att->atttypid, &typmod);
	item = get_element_type(column->typid);
	if (OidIsValid(item))
		kind = map_array(item, typmod, column->field.options);
	else
	{
		kind = kind_of_type(column->typid);
		if (kind != NULL)
			kind = put_size(kind, column->typid, typmod, column->field.options);
	}
	if (kind == NULL)
		return NULL;
	if (strcmp(kind, "String") == 0 || strcmp(kind, "Text") == 0)
		put_collation(att, column->field.options);
	if (att->attgenerated != '\0')
		return map_generated(rel, att->attnum, kind, column->field.options);
	return numbers_itself(rel, att) ? numbering_kind(kind) : kind;
}

static AkAdoptedColumn *
map_column(Relation rel, Form_pg_attribute att, const AkModel *model)
{
	AkAdoptedColumn *column = palloc0(sizeof(AkAdoptedColumn));
	const char *kind;

	column->attnum = att->attnum;
	column->field.column = pstrdup(NameStr(att->attname));
	column->field.options = ak_core_json_object();
	column->required = att->attnotnull && !att->atthasdef && att->attidentity == '\0';
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum == att->attnum)
			column->present = model->fields[i];
	kind = map_type(rel, att, column);
	if (kind == NULL)
	{
		column->reason = psprintf("no kind of field holds values of type %s",
								  format_type_with_typemod(att->atttypid, att->atttypmod));
		return column;
	}
	column->field.type = ak_model_find_type(kind);
	ak_model_map_checks(rel, column);
	ak_core_json_put(column->field.options, "column", ak_core_json_string(column->field.column));
	return column;
}

/* The table's columns: List of AkAdoptedColumn *, each with the model's field that has it. */
List *
ak_model_read_columns(Relation rel, const AkModel *model)
{
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *columns = NIL;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			columns = lappend(columns, map_column(rel, TupleDescAttr(desc, i), model));
	return columns;
}
