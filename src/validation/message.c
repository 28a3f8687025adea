/*
 * message.c
 *		What is wrong with a value that breaks a rule of its field, in words.
 *
 * Codes are Django's.  A field may have a text of its own for each code; so
 * may a validator.
 */
#include "postgres.h"

#include "validation/internal.h"

/* Rules that the options of a kind make, by the word in the constraint's name. */
static const struct
{
	const char *rule;
	const char *code;
	const char *message;		/* %s: the option of that name */
}			words[] = {
	{"min_length", "min_length", "must have a length of at least %s"},
	{"max_length", "max_length", "must have a length of at most %s"},
	{"min_value", "min_value", "must be at least %s"},
	{"max_value", "max_value", "must be at most %s"},
	{"positive", "min_value", "must not be negative"},
	{"finite", "invalid", "must be a finite number"},
	{"choices", "invalid_choice", "is not one of the choices"},
	{"blank", "blank", "must not be empty"},
	{"regex", "invalid", "has not the form that is asked for"},
	{"email", "invalid", "must be an e-mail address"},
	{"url", "invalid", "must be a URL"},
	{"slug", "invalid", "must be letters, digits, _ and -"},
	{"items", "item_invalid", "has a member that is not allowed"},
	{"size", "max_length", "has too many members"},
	{"address", "invalid", "must be an address"},
	{"protocol", "invalid", "must be an address of the protocol that is asked for"},
};

/* The argument in a sentence: 3, "a", or a, b and so on. */
static char *
argument_text(const AkJson *argument)
{
	StringInfoData out;

	if (argument == NULL)
		return pstrdup("that");
	if (argument->kind != AK_JSON_ARRAY)
		return argument->kind == AK_JSON_STRING || argument->kind == AK_JSON_NUMBER ? argument->text
			: ak_core_json_to_cstring(argument);
	initStringInfo(&out);
	for (int i = 0; i < argument->size; i++)
		appendStringInfo(&out, "%s%s", i ? ", " : "", argument_text(argument->items[i]));
	return out.data;
}

/* "field" and a sentence with its %s filled. */
static char *
sentence(const char *field, const char *format, const AkJson *argument)
{
	const char *place = strstr(format, "%s");

	if (place == NULL)
		return psprintf("\"%s\" %s", field, format);
	return psprintf("\"%s\" %.*s%s%s", field, (int) (place - format), format, argument_text(argument), place + 2);
}

const char *
ak_validation_own_message(const AkField *field, const char *code)
{
	const AkJson *texts = ak_core_json_get(field->options, "error_messages");

	return texts != NULL && texts->kind == AK_JSON_OBJECT ? ak_core_json_get_string(texts, code) : NULL;
}

static void
describe_word(const AkField *field, const AkCheck *check, const char **code, const char **message)
{
	*code = check->rule;
	*message = psprintf("\"%s\" breaks its rule \"%s\"", field->name, check->rule);
	for (int i = 0; i < lengthof(words); i++)
		if (strcmp(words[i].rule, check->rule) == 0)
		{
			*code = words[i].code;
			*message = sentence(field->name, words[i].message, ak_core_json_get(field->options, check->rule));
		}
}

void
ak_validation_describe(const AkField *field, const AkCheck *check, const char **code, const char **message)
{
	const char *own;

	if (check->source == NULL)
		describe_word(field, check, code, message);
	else
	{
		AkValidator *validator = ak_validation_read_field(check->source, field->name);
		const AkValidatorKind *kind = ak_validation_kind(validator->kind);

		*code = check->code ? check->code : kind->code;
		*message = psprintf("%s%s", sentence(field->name, kind->message, validator->argument),
							ak_validation_further_words(validator));
	}
	own = ak_validation_own_message(field, *code);
	if (check->message != NULL)
		*message = check->message;
	else if (own != NULL)
		*message = own;
}
