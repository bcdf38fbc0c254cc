(class_declaration name: (_) @name body: (_) @body) @def.class
(interface_declaration name: (_) @name body: (_) @body) @def.interface
(trait_declaration name: (_) @name body: (_) @body) @def.trait
(enum_declaration name: (_) @name body: (_) @body) @def.enum
(enum_case name: (_) @name) @def.attribute
(function_definition name: (_) @name return_type: (_)? @returns body: (_) @body) @def.function
(method_declaration name: (_) @name return_type: (_)? @returns body: (_)? @body) @def.method
(const_element (name) @name) @def.constant
(property_declaration type: (_) @type (property_element name: (variable_name (name) @name))) @def.attribute
(property_declaration (property_element name: (variable_name (name) @name))) @def.attribute
(property_promotion_parameter type: (_)? @type name: (variable_name (name) @name)) @def.attribute

[(anonymous_function) (arrow_function)] @scope

(base_clause [(name) (qualified_name)] @base)
(class_interface_clause [(name) (qualified_name)] @base)
(use_declaration [(name) (qualified_name)] @base)
(throw_expression (object_creation_expression [(name) (qualified_name)] @raise))
(catch_clause type: (type_list (named_type (name) @catch)))
(attribute (name) @decorate)
(object_creation_expression [(name) (qualified_name)] @call)
(function_call_expression function: (name) @call)
(member_call_expression) @call
(scoped_call_expression) @call
(member_access_expression) @use
(class_constant_access_expression . [(name) (qualified_name)] @use)
(named_type [(name) (qualified_name)] @annotate)
(scoped_call_expression scope: (name) @use)

(namespace_use_clause) @import
(require_once_expression (string) @import)
(require_expression (string) @import)
(include_expression (string) @import)
(function_call_expression function: (name) @_get arguments: (arguments . (argument (string (string_content) @setting)) . (argument (_) @default)?)
  (#any-of? @_get "getenv" "env"))
(subscript_expression (variable_name) @_env (string (string_content) @setting) (#any-of? @_env "$_ENV" "$_SERVER"))
(comment) @comment
