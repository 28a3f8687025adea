/*
 * custom_shipped.c
 *		The functions of the field types that come with the extension.
 *
 * Encrypted keeps a message of pgcrypto's pgp_sym_encrypt().  Its key lies in
 * aksara.encryption_key, which no role but a superuser and the extension's
 * owner can read; it is read here past the rights of the caller, after the
 * right to call encrypt() or decrypt() has let him in, and handed to pgcrypto
 * as an argument in memory: it stands in no statement, setting or message.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "model/custom_type.h"

PG_FUNCTION_INFO_V1(ak_model_money_units);
PG_FUNCTION_INFO_V1(ak_model_money_amount);
PG_FUNCTION_INFO_V1(ak_model_color);
PG_FUNCTION_INFO_V1(ak_model_phone);
PG_FUNCTION_INFO_V1(ak_model_encrypt);
PG_FUNCTION_INFO_V1(ak_model_decrypt);
PG_FUNCTION_INFO_V1(ak_model_encrypted);

static AkJson *
jsonb_argument(FunctionCallInfo fcinfo, int n)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(n);
	char	   *text = JsonbToCString(NULL, &json->root, VARSIZE(json));

	return ak_core_json_parse(text, strlen(text), "the options");
}

/* ---- Money ---- */

/* How many digits of the amount stand behind the point. */
static int
decimal_places(FunctionCallInfo fcinfo)
{
	int64		places = ak_core_json_get_integer(jsonb_argument(fcinfo, 1), "decimal_places", 2);

	if (places < 0 || places > 18)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"decimal_places\" must be from 0 to 18")));
	return places;
}

static Datum
number(const char *text)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* money_units(amount, options): the amount in its smallest units; never rounded. */
Datum
ak_model_money_units(PG_FUNCTION_ARGS)
{
	Datum		units;
	int			places;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	places = decimal_places(fcinfo);
	units = DirectFunctionCall2(numeric_mul, PG_GETARG_DATUM(0), number(psprintf("1e%d", places)));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, units, DirectFunctionCall2(numeric_trunc, units, Int32GetDatum(0)))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an amount has at most %d decimal places", places)));
	return DirectFunctionCall1(numeric_int8, units);
}

/* money_amount(units, options): the amount that so many units are. */
Datum
ak_model_money_amount(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	return number(psprintf(INT64_FORMAT "e-%d", PG_GETARG_INT64(0), decimal_places(fcinfo)));
}

/* ---- Color ---- */

static void bad_color(void) pg_attribute_noreturn();

static void
bad_color(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a color is \"#rrggbb\", \"r,g,b\" or an object {\"r\", \"g\", \"b\"} of numbers from 0 to 255")));
}

/* A part of a color, whole and from 0 to 255. */
static int
color_part(const char *text)
{
	int			part = 0;

	if (*text == '\0' || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
		bad_color();
	while (*text)
		part = part * 10 + (*text++ - '0');
	if (part > 255)
		bad_color();
	return part;
}

static char *
color_of_object(const AkJson *color)
{
	static const char *const names[] = {"r", "g", "b"};
	int			parts[3];

	if (color->size != 3)
		bad_color();
	for (int i = 0; i < 3; i++)
	{
		const AkJson *part = ak_core_json_get(color, names[i]);

		if (part == NULL || part->kind != AK_JSON_NUMBER)
			bad_color();
		parts[i] = color_part(part->text);
	}
	return psprintf("%d,%d,%d", parts[0], parts[1], parts[2]);
}

/* #rrggbb or #rgb, the sign left out or not. */
static char *
color_of_hex(const char *text)
{
	const char *digits = text + (*text == '#');
	size_t		length = strlen(digits);
	unsigned int all;

	if ((length != 3 && length != 6) || strspn(digits, "0123456789abcdefABCDEF") != length)
		bad_color();
	all = strtoul(digits, NULL, 16);
	if (length == 3)
		return psprintf("%u,%u,%u", (all >> 8) * 17, (all >> 4 & 15) * 17, (all & 15) * 17);
	return psprintf("%u,%u,%u", all >> 16, all >> 8 & 255, all & 255);
}

static char *
color_of_parts(const char *text)
{
	char	   *copy = pstrdup(text);
	int			parts[3];
	int			count = 0;
	char	   *rest = NULL;

	for (char *part = strtok_r(copy, ",", &rest); part != NULL; part = strtok_r(NULL, ",", &rest))
	{
		if (count == 3)
			bad_color();
		parts[count++] = color_part(ak_model_trimmed(part));
	}
	if (count != 3)
		bad_color();
	return psprintf("%d,%d,%d", parts[0], parts[1], parts[2]);
}

/* color(value): "r,g,b" of a color in any of its forms. */
Datum
ak_model_color(PG_FUNCTION_ARGS)
{
	AkJson	   *color;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	color = jsonb_argument(fcinfo, 0);
	if (color->kind == AK_JSON_OBJECT)
		PG_RETURN_TEXT_P(cstring_to_text(color_of_object(color)));
	if (color->kind != AK_JSON_STRING)
		bad_color();
	PG_RETURN_TEXT_P(cstring_to_text(strchr(color->text, ',') ? color_of_parts(color->text) : color_of_hex(color->text)));
}

/* ---- Phone ---- */

/* phone(number): without blanks, hyphens and brackets. */
Datum
ak_model_phone(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	initStringInfo(&out);
	for (const char *c = TextDatumGetCString(PG_GETARG_DATUM(0)); *c; c++)
		if (!isspace((unsigned char) *c) && strchr("-()", *c) == NULL)
			appendStringInfoChar(&out, *c);
	PG_RETURN_TEXT_P(cstring_to_text(out.data));
}

/* ---- Encrypted ---- */

static void
take_key(HeapTuple row, TupleDesc desc, void *arg)
{
	*(char **) arg = ak_core_registry_column(row, desc, "key");
}

static Datum
encryption_key(void)
{
	char	   *key = NULL;

	ak_core_registry_scan("encryption_key", take_key, &key);
	if (key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no key for encrypted fields"),
				 errhint("A superuser can bring it back by COPY aksara.encryption_key (key) FROM …")));
	return CStringGetTextDatum(key);
}

/*
 * The function of extension pgcrypto, and no other of its name: it is in C,
 * which a superuser alone writes.  Whoever owns the extension may have made
 * others its members.
 */
static Oid
pgcrypto_function(const char *name, int nargs)
{
	AkStatement st;
	Datum		function;
	bool		isnull;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql,
						   "SELECT p.oid FROM pg_catalog.pg_extension e"
						   " JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass"
						   " AND d.refobjid OPERATOR(pg_catalog.=) e.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'"
						   " AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
						   " JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) d.objid"
						   " JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang"
						   " AND l.lanname OPERATOR(pg_catalog.=) 'c'"
						   " WHERE e.extname OPERATOR(pg_catalog.=) 'pgcrypto' AND p.proname OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, NAMEOID, DirectFunctionCall1(namein, CStringGetDatum(name)), false);
	appendStringInfoString(&st.sql, " AND p.pronargs OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, INT2OID, Int16GetDatum(nargs), false);
	if (!ak_core_run_one(&st, AK_RUN_READ, &function, &isnull))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("encrypted fields need extension \"pgcrypto\""),
				 errhint("Run CREATE EXTENSION pgcrypto.")));
	return DatumGetObjectId(function);
}

/* Is it the text of such a message: a packet with a key from a pass phrase, its length, version 4? */
static bool
is_message(const char *text)
{
	return strlen(text) > 10 && strncmp(text, "\\xc30", 5) == 0 && strncmp(text + 6, "04", 2) == 0;
}

/*
 * encrypt(text): a message that decrypt() opens.  What is the text of such a
 * message already is kept, so that a row can be written back as it was read
 * by who may not decrypt it.
 */
Datum
ak_model_encrypt(PG_FUNCTION_ARGS)
{
	char	   *plain;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	plain = TextDatumGetCString(PG_GETARG_DATUM(0));
	if (is_message(plain))
		return DirectFunctionCall1(byteain, CStringGetDatum(plain));
	/* The key is random: it is not made longer by hashing it again and again. */
	return OidFunctionCall3(pgcrypto_function("pgp_sym_encrypt", 3), PG_GETARG_DATUM(0), encryption_key(),
							CStringGetTextDatum("cipher-algo=aes256, s2k-mode=1, s2k-digest-algo=sha256"));
}

/* decrypt(message) */
Datum
ak_model_decrypt(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return OidFunctionCall2(pgcrypto_function("pgp_sym_decrypt", 2), PG_GETARG_DATUM(0), encryption_key());
}

/* May the caller call aksara.decrypt()? */
static bool
may_decrypt(void)
{
	Datum		may = DirectFunctionCall2(has_function_privilege_name,
										  CStringGetTextDatum("aksara.decrypt(pg_catalog.bytea)"),
										  CStringGetTextDatum("EXECUTE"));

	return DatumGetBool(may);
}

/* encrypted(message): the text in it for who may decrypt it, the message for all others. */
Datum
ak_model_encrypted(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (may_decrypt())
		return ak_model_decrypt(fcinfo);
	return CStringGetTextDatum(DatumGetCString(DirectFunctionCall1(byteaout, PG_GETARG_DATUM(0))));
}
