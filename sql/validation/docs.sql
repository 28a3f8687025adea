-- docs/validation.md: its examples, as they stand there. test/lint/examples.sh compares the two, and the answers.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA valdocs;
SET search_path = valdocs;
\pset format unaligned
\pset tuples_only on

SELECT aksara.create_model('Order', '{
  "quantity": {"type": "Integer", "validators": [{"min_value": 1, "message": "Must be positive"}]},
  "email":    {"type": "String", "normalize": ["strip", "lower"], "validators": ["email"]}
}', '{"primary_key": "bigint"}');
SELECT aksara.create('Order', '{"quantity": 0, "email": "nobody"}');
INSERT INTO orders (quantity, email) VALUES (1, ' Jane@Example.COM ') RETURNING email;
INSERT INTO orders (quantity, email) VALUES (0, 'jane@example.com');

SELECT aksara.create_model('Account', '{
  "login":    {"type": "String", "validators": ["slug", {"not_in": ["admin", "root"], "message": "That name is ours."}]},
  "password": {"type": "String", "validators": [{"password": {"min_length": 8, "special": true}}]},
  "phone":    {"type": "String", "nullable": true, "validators": [{"regex": "^\\+[0-9]{6,15}$", "message": "Write it as +49…"}]}
}', '{"primary_key": "bigint"}');
SELECT aksara.create('Account', '{"login": "root", "password": "secret", "phone": "123"}');

CREATE FUNCTION isbn_error(value text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$SELECT CASE WHEN value !~ '^97[89]' THEN 'An ISBN begins with 978 or 979.' WHEN length(value) <> 13 THEN 'An ISBN has 13 digits.' END$$;
SELECT aksara.create_model('Book', '{"isbn": {"type": "String", "validators": [{"function": "isbn_error"}]}}', '{"primary_key": "bigint"}');
INSERT INTO books (isbn) VALUES ('123');

CREATE FUNCTION clean_purchase(p jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_strip_nulls(jsonb_build_object(
    'total',   CASE WHEN (p ->> 'total')::int <> (p ->> 'price')::int * (p ->> 'quantity')::int THEN 'It is not the price times the quantity.' END,
    '__all__', CASE WHEN p ->> 'kind' = 'gift' AND p ->> 'card_number' IS NOT NULL THEN 'A gift is not paid.' END)) $$;
SELECT aksara.create_model('Purchase', '{
  "kind":        {"type": "String", "default": "cash"},
  "card_number": {"type": "String", "nullable": true},
  "price":       "Integer",
  "quantity":    "Integer",
  "total":       "Integer",
  "starts":      {"type": "Date", "nullable": true},
  "ends":        {"type": "Date", "nullable": true},
  "status":      {"type": "String", "default": "pending"}
}', '{"primary_key": "bigint", "rules": [
  {"name": "card_is_given", "check": "card_number IS NOT NULL", "when": "kind = ''card''", "field": "card_number", "message": "A card has a number.", "code": "required"},
  {"name": "ends_after_start", "check": "ends > starts", "field": "ends", "message": "It ends before it starts."},
  {"function": "clean_purchase"},
  {"transitions": {"pending": ["confirmed", "cancelled"], "confirmed": ["shipped", "cancelled"], "shipped": ["delivered"]}, "field": "status", "initial": ["pending"]}
]}');
SELECT aksara.create('Purchase', '{"kind": "card", "price": 3, "quantity": 2, "total": 6}');
SELECT aksara.create('Purchase', '{"kind": "gift", "card_number": "1", "price": 3, "quantity": 2, "total": 5, "starts": "2026-02-01", "ends": "2026-01-01"}');
SELECT aksara.create('Purchase', '{"price": 3, "quantity": 2, "total": 6}') ->> 'status';
UPDATE purchases SET status = 'shipped';
UPDATE purchases SET status = 'confirmed' RETURNING status;

SELECT aksara.create_model('Member', '{
  "email": {"type": "String", "unique": true, "error_messages": {"unique": "This address is taken.", "required": "We need an address.", "invalid": "An address is text."}},
  "club":  "Integer",
  "no":    "Integer"
}', '{"primary_key": "bigint", "unique_together": [["club", "no"]],
      "constraint_messages": {"members_club_no_key": {"message": "That number is given.", "code": "taken", "field": "no"}}}');
SELECT aksara.create('Member', '{"club": "x", "no": 1}');
SELECT aksara.create('Member', '{"email": "a@example.com", "club": 1, "no": 1}') -> 'id';
SELECT aksara.create('Member', '{"email": "a@example.com", "club": 2, "no": 1}');
SELECT aksara.create('Member', '{"email": "b@example.com", "club": 1, "no": 1}');

SELECT aksara.full_clean('Member', '{"email": "a@example.com", "club": 1}');
SELECT aksara.full_clean('Member', '{"id": 1, "email": "a@example.com"}', partial => true);

SELECT aksara.add_validator('Member', 'no', '{"min_value": 100}');
SELECT aksara.add_validator('Member', 'no', '{"min_value": 100}', valid => false);
SELECT field, message FROM aksara.check_existing('Member');
UPDATE members SET no = 101;
SELECT aksara.validate_rules('Member');
SELECT aksara.remove_validator('Member', 'no', 'min_value');

DROP SCHEMA valdocs CASCADE;
