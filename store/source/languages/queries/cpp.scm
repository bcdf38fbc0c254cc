; C++: what it adds to c.scm.
(class_specifier name: (_) @name body: (_) @body) @def.class
(namespace_definition name: (_) @name body: (_) @body) @def.module
(declaration !type declarator: (function_declarator) @name) @def.function
(alias_declaration name: (_) @name type: (_) @value) @def.type
(concept_definition name: (_) @name) @def.type
(field_declaration type: (_) @returns declarator: [(function_declarator) (reference_declarator (function_declarator))
  (pointer_declarator (function_declarator))] @name) @def.method

(lambda_expression) @scope
(catch_clause) @scope
(for_range_loop) @scope
(optional_parameter_declaration type: (_) @type declarator: (_) @local)
(for_range_loop type: (_) @type declarator: (_) @local)
(type_parameter_declaration (type_identifier) @local)
(structured_binding_declarator (identifier) @local)

(base_class_clause [(type_identifier) @base (qualified_identifier) @base (template_type name: (_) @base)])
(throw_statement (call_expression function: [(identifier) (qualified_identifier)] @raise))
(catch_clause parameters: (parameter_list (parameter_declaration type: (_) @catch)))
(new_expression type: [(type_identifier) (qualified_identifier)] @call)
(call_expression function: [(qualified_identifier) (template_function name: (_) @call)] @call)
(using_declaration) @import
(qualified_identifier) @use
