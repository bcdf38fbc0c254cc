(function_declaration name: (identifier) @name result: (_)? @returns body: (_)? @body) @def.function
(method_declaration receiver: (parameter_list (parameter_declaration type: (_) @owner))
  name: (_) @name result: (_)? @returns body: (_)? @body) @def.method
(type_spec name: (_) @name type: (struct_type (field_declaration_list) @body)) @def.struct
(type_spec name: (_) @name type: (interface_type) @body) @def.interface
(type_spec name: (_) @name type: (_) @value) @def.type
(type_alias name: (_) @name type: (_) @value) @def.type
(method_elem name: (_) @name result: (_)? @returns) @def.method
(field_declaration name: (field_identifier) @name type: (_) @type) @def.attribute
(const_spec name: (identifier) @name value: (expression_list)? @value) @def.constant
(var_spec name: (identifier) @name type: (_)? @type value: (expression_list)? @value) @def.variable

[(func_literal) (for_statement) (if_statement) (type_switch_statement) (expression_switch_statement) (communication_case)] @scope
(parameter_declaration name: (identifier) @local type: (_) @type)
(variadic_parameter_declaration name: (identifier) @local)
(short_var_declaration left: (expression_list . (identifier) @local) right: (expression_list . (_) @value .))
(short_var_declaration left: (expression_list (identifier) @local))
(range_clause left: (expression_list (identifier) @local))
(receive_statement left: (expression_list (identifier) @local))
(type_switch_statement alias: (expression_list (identifier) @local))
(type_parameter_declaration name: (identifier) @local)

(field_declaration !name type: [(type_identifier) (qualified_type)] @base)
(field_declaration !name type: (pointer_type [(type_identifier) (qualified_type)] @base))
(interface_type (type_elem . [(type_identifier) (qualified_type)] @base .))
(composite_literal type: [(type_identifier) (qualified_type)] @call)
(call_expression function: [(identifier) (selector_expression)] @call)
(call_expression function: (type_instantiation_expression type: (_) @call))
(selector_expression) @use
(qualified_type) @annotate
(type_identifier) @annotate
(keyed_element key: (literal_element (identifier) @skip))
(identifier) @use

(import_spec) @import
(call_expression function: (selector_expression operand: (identifier) @_os field: (field_identifier) @_get)
  arguments: (argument_list . (interpreted_string_literal (_) @setting))
  (#eq? @_os "os") (#any-of? @_get "Getenv" "LookupEnv"))
(call_expression function: (selector_expression operand: (identifier) @_os field: (field_identifier) @_set)
  arguments: (argument_list . (interpreted_string_literal (_) @setting.define)) (#eq? @_os "os") (#eq? @_set "Setenv"))
(comment) @comment

(package_clause (package_identifier) @package)
