-- Shows a document over several lines, its keys in the order they came, short parts on one line.
CREATE OR REPLACE FUNCTION pretty(document json, indent text DEFAULT E'\n') RETURNS text LANGUAGE sql STABLE AS $$
	SELECT CASE
		WHEN length(document::text) + length(indent) <= 110 THEN document::text
		WHEN json_typeof(document) = 'object' THEN
			'{' || (SELECT string_agg(indent || '  ' || to_json(key) || ': ' || pretty(value, indent || '  '), ',')
					FROM json_each(document)) || indent || '}'
		WHEN json_typeof(document) = 'array' THEN
			'[' || (SELECT string_agg(indent || '  ' || pretty(value, indent || '  '), ',')
					FROM json_array_elements(document)) || indent || ']'
		ELSE document::text
	END
$$;
