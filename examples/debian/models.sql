-- models.sql -- what a Debian package index says, as models.
-- Packages, sources, sections and tags are known by their names, so a foreign key to one of them reads as a name too.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS debian CASCADE;
CREATE SCHEMA debian;
SET search_path = debian;

SELECT
	aksara.create_model('Section', '{
		"name": {"type": "String", "max_length": 60, "primary_key": true}
	}'),
	aksara.create_model('Maintainer', '{
		"name":  {"type": "String", "max_length": 200},
		"email": {"type": "Email", "unique": true, "nullable": true, "help_text": "null: the index gives none"}
	}', meta => '{"primary_key": "bigint", "ordering": ["name"]}'),
	aksara.create_model('Source', '{
		"name": {"type": "String", "max_length": 120, "primary_key": true}
	}'),
	aksara.create_model('Tag', '{
		"name":  {"type": "String", "max_length": 80, "primary_key": true},
		"facet": {"type": "String", "max_length": 40, "db_index": true, "help_text": "the part before the colons"}
	}'),

	-- A package that the index describes, or a name that others use: provided (virtual), or nowhere to be found (missing).
	aksara.create_model('Package', '{
		"name":           {"type": "String", "max_length": 120, "primary_key": true},
		"state":          {"type": "Enum", "choices": ["real", "virtual", "missing"], "default": "real"},
		"version":        {"type": "String", "max_length": 100, "nullable": true},
		"architecture":   {"type": "String", "max_length": 20, "nullable": true},
		"priority":       {"type": "String", "max_length": 20, "nullable": true},
		"summary":        {"type": "Text", "nullable": true},
		"homepage":       {"type": "Text", "nullable": true, "help_text": "not a URL: some are on ftp or gopher"},
		"size":           {"type": "PositiveBigInteger", "nullable": true, "help_text": "bytes to download"},
		"installed_size": {"type": "PositiveBigInteger", "nullable": true, "help_text": "KiB on disk"},
		"section":        {"type": "ForeignKey", "to": "Section", "on_delete": "PROTECT", "nullable": true,
		                   "related_name": "packages"},
		"source":         {"type": "ForeignKey", "to": "Source", "on_delete": "PROTECT", "nullable": true,
		                   "related_name": "packages"},
		"maintainer":     {"type": "ForeignKey", "to": "Maintainer", "on_delete": "PROTECT", "nullable": true,
		                   "related_name": "packages"},
		"tags":           {"type": "ManyToMany", "to": "Tag", "related_name": "packages"},
		"relates_to":     {"type": "ManyToMany", "to": "self", "through": "Dependency", "related_name": "related_from"},
		"provides":       {"type": "ManyToMany", "to": "self", "through": "Provision", "related_name": "providers"}
	}', meta => '{"ordering": ["name"]}'),

	-- "Depends: a (>= 1), b | c" is three rows: a in clause 1, b and c in clause 2.
	aksara.create_model('Dependency', '{
		"package":  {"type": "ForeignKey", "to": "Package", "on_delete": "CASCADE", "related_name": "dependencies"},
		"kind":     {"type": "Enum", "choices": ["Pre-Depends", "Depends", "Recommends", "Suggests", "Enhances",
		                                         "Breaks", "Conflicts", "Replaces"]},
		"clause":   {"type": "PositiveSmallInteger", "help_text": "rows of one kind and clause are alternatives"},
		"target":   {"type": "ForeignKey", "to": "Package", "on_delete": "RESTRICT", "related_name": "dependents"},
		"operator": {"type": "Enum", "choices": ["<<", "<=", "=", ">=", ">>"], "nullable": true},
		"version":  {"type": "String", "max_length": 100, "nullable": true}
	}', meta => '{"primary_key": "bigint", "verbose_name_plural": "dependencies"}'),
	aksara.create_model('Provision', '{
		"package":  {"type": "ForeignKey", "to": "Package", "on_delete": "CASCADE", "related_name": "provisions"},
		"target":   {"type": "ForeignKey", "to": "Package", "on_delete": "CASCADE", "related_name": "provisions_of"},
		"version":  {"type": "String", "max_length": 100, "nullable": true}
	}', meta => '{"primary_key": "bigint", "unique_together": ["package", "target"]}')
\g /dev/null
