/*
 * types_plain.c
 *		Kinds of fields that hold one value that is neither text nor a number:
 *		booleans, times, uuid, JSON, bytes, addresses.
 */
#include "postgres.h"

#include "model/types.h"

static void
define_boolean(AkFieldDef *def)
{
	def->sql_type = "boolean";
}

/* auto_now and auto_now_add default to the transaction's time; auto_now is kept by the rules trigger. */
static void
define_automatic(AkFieldDef *def, const char *sql_type, const char *expression)
{
	bool		now = ak_core_json_get_bool(def->options, "auto_now", false);
	bool		now_add = ak_core_json_get_bool(def->options, "auto_now_add", false);

	def->sql_type = pstrdup(sql_type);
	if (now && now_add)
		ak_model_bad_option(def, "auto_now", "cannot stand beside \"auto_now_add\"");
	if (!now && !now_add)
		return;
	if (ak_core_json_get(def->options, "default") != NULL)
		ak_model_bad_option(def, "default", "cannot stand beside \"auto_now\" or \"auto_now_add\"");
	def->default_sql = pstrdup(expression);
}

static void
define_date(AkFieldDef *def)
{
	define_automatic(def, "date", "CURRENT_DATE");
}

static void
define_time(AkFieldDef *def)
{
	define_automatic(def, "time without time zone", "LOCALTIME");
}

static void
define_datetime(AkFieldDef *def)
{
	define_automatic(def, "timestamp with time zone", "CURRENT_TIMESTAMP");
}

static void
define_duration(AkFieldDef *def)
{
	def->sql_type = "interval";
}

static void
define_uuid(AkFieldDef *def)
{
	def->sql_type = "uuid";
	if (def->primary_key && ak_core_json_get(def->options, "default") == NULL)
		def->default_sql = "pg_catalog.gen_random_uuid()";
}

/* JSON may be null unless it says otherwise. */
static void
define_json(AkFieldDef *def)
{
	def->sql_type = "jsonb";
	if (ak_core_json_get(def->options, "nullable") == NULL)
		def->nullable = !def->primary_key;
}

static void
define_binary(AkFieldDef *def)
{
	int64		length = ak_model_integer_option(def, "max_length", 1, 0);

	def->sql_type = "bytea";
	if (length > 0)
		ak_model_add_check(def, "max_length", "pg_catalog.octet_length(%s) OPERATOR(pg_catalog.<=) " INT64_FORMAT,
						   AK_COLUMN(def), length);
}

/* ---- addresses ---- */

/* inet holds networks too; an address is one host. */
static void
define_ip(AkFieldDef *def)
{
	char	   *protocol = ak_core_json_get_string(def->options, "protocol");
	bool		both = protocol == NULL || pg_strcasecmp(protocol, "both") == 0;

	def->sql_type = "inet";
	ak_model_add_check(def, "address",
					   "pg_catalog.masklen(%1$s) OPERATOR(pg_catalog.=) "
					   "CASE pg_catalog.family(%1$s) WHEN 4 THEN 32 ELSE 128 END", AK_COLUMN(def));
	if (!both && pg_strcasecmp(protocol, "ipv4") != 0 && pg_strcasecmp(protocol, "ipv6") != 0)
		ak_model_bad_option(def, "protocol", "must be \"both\", \"ipv4\" or \"ipv6\"");
	if (!both)
		ak_model_add_check(def, "protocol", "pg_catalog.family(%s) OPERATOR(pg_catalog.=) %d",
						   AK_COLUMN(def), pg_strcasecmp(protocol, "ipv4") == 0 ? 4 : 6);
	if (!both && ak_core_json_get_bool(def->options, "unpack_ipv4", false))
		ak_model_bad_option(def, "unpack_ipv4", "needs \"protocol\": \"both\"");
}

/* ::ffff:192.0.2.1 is 192.0.2.1. */
static char *
unpack_ipv4(const AkField *field, const char *value)
{
	static const char prefix[] = "::ffff:";

	if (pg_strncasecmp(value, prefix, strlen(prefix)) == 0 && strchr(value, '.') != NULL)
		value += strlen(prefix);
	return pstrdup(value);
}

static const char *const automatic_options[] = {"auto_now", "auto_now_add", NULL};
static const char *const binary_options[] = {"max_length", NULL};
static const char *const ip_options[] = {"protocol", "unpack_ipv4", NULL};

static const AkFieldType types[] = {
	{.name = "Boolean", .options = ak_model_no_options, .define = define_boolean},
	{.name = "Date", .options = automatic_options, .define = define_date},
	{.name = "Time", .options = automatic_options, .define = define_time},
	{.name = "DateTime", .options = automatic_options, .define = define_datetime},
	{.name = "Duration", .options = ak_model_no_options, .define = define_duration},
	{.name = "UUID", .options = ak_model_no_options, .define = define_uuid},
	{.name = "JSON", .options = ak_model_no_options, .define = define_json},
	{.name = "Binary", .options = binary_options, .define = define_binary},
	{.name = "IPAddress", .options = ip_options, .define = define_ip,
	.normalize = unpack_ipv4, .normalize_option = "unpack_ipv4"},
	{.name = "GenericIPAddress", .options = ip_options, .define = define_ip,
	.normalize = unpack_ipv4, .normalize_option = "unpack_ipv4"},
};

void
ak_model_plain_types_init(void)
{
	ak_model_register_types(types, lengthof(types));
}
