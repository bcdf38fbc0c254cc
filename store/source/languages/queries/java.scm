(class_declaration name: (_) @name body: (_) @body) @def.class
(record_declaration name: (_) @name body: (_) @body) @def.class
(interface_declaration name: (_) @name body: (_) @body) @def.interface
(annotation_type_declaration name: (_) @name body: (_) @body) @def.interface
(enum_declaration name: (_) @name body: (_) @body) @def.enum
(enum_constant name: (_) @name) @def.attribute
(method_declaration type: (_) @returns name: (_) @name body: (_)? @body) @def.method
(constructor_declaration name: (_) @name body: (_) @body) @def.method
(compact_constructor_declaration name: (_) @name body: (_) @body) @def.method
(annotation_type_element_declaration type: (_) @returns name: (_) @name) @def.method
(field_declaration (modifiers "final") type: (_) @type declarator: (variable_declarator name: (_) @name value: (_) @value)) @def.constant
(field_declaration type: (_) @type declarator: (variable_declarator name: (_) @name value: (_)? @value)) @def.attribute
(constant_declaration type: (_) @type declarator: (variable_declarator name: (_) @name value: (_)? @value)) @def.constant
(record_declaration parameters: (formal_parameters (formal_parameter type: (_) @type name: (_) @name) @def.attribute))

[(lambda_expression) (catch_clause) (enhanced_for_statement) (for_statement) (try_with_resources_statement)] @scope
(formal_parameter type: (_) @type name: (identifier) @local)
(spread_parameter (variable_declarator name: (identifier) @local))
(catch_formal_parameter (catch_type . (_) @type .) name: (identifier) @local)
(catch_formal_parameter name: (identifier) @local)
(enhanced_for_statement type: (_) @type name: (identifier) @local)
(local_variable_declaration type: (_) @type declarator: (variable_declarator name: (identifier) @local value: (_)? @value))
(resource type: (_) @type name: (identifier) @local)
(lambda_expression parameters: (identifier) @local)
(inferred_parameters (identifier) @local)
(instanceof_expression right: (_) @type name: (identifier) @local)
(type_pattern (_) @type (identifier) @local)
(type_parameter (type_identifier) @local)

(superclass [(type_identifier) @base (scoped_type_identifier) @base (generic_type . (_) @base)])
(super_interfaces (type_list [(type_identifier) @base (scoped_type_identifier) @base (generic_type . (_) @base)]))
(extends_interfaces (type_list [(type_identifier) @base (scoped_type_identifier) @base (generic_type . (_) @base)]))
(throw_statement (object_creation_expression type: (_) @raise))
(catch_type (_) @catch)
(object_creation_expression type: [(type_identifier) @call (scoped_type_identifier) @call (generic_type . (_) @call)])
(method_invocation) @call
(method_reference "::" (identifier) @attr.use)
(field_access) @use
(marker_annotation name: (_) @decorate)
(annotation name: (_) @decorate)
(element_value_pair key: (identifier) @skip)
(scoped_type_identifier) @annotate
(type_identifier) @annotate
[(package_declaration (_) @skip) (import_declaration (_) @skip)]
[(labeled_statement (identifier) @skip) (break_statement (identifier) @skip) (continue_statement (identifier) @skip)]
(identifier) @use

(import_declaration) @import
(method_invocation object: (_) @_system name: (_) @_get arguments: (argument_list . (string_literal (_) @setting))
  (#match? @_system "System$") (#any-of? @_get "getenv" "getProperty"))
[(line_comment) (block_comment)] @comment
