(namespace_declaration name: (_) @name body: (_) @body) @def.module
(class_declaration name: (_) @name body: (_)? @body) @def.class
(record_declaration name: (_) @name body: (_)? @body) @def.class
(struct_declaration name: (_) @name body: (_)? @body) @def.struct
(interface_declaration name: (_) @name body: (_) @body) @def.interface
(enum_declaration name: (_) @name body: (_) @body) @def.enum
(enum_member_declaration name: (_) @name) @def.attribute
(delegate_declaration name: (_) @name) @def.type
(method_declaration returns: (_) @returns name: (_) @name body: (_)? @body) @def.method
(constructor_declaration name: (_) @name body: (_)? @body) @def.method
(local_function_statement type: (_) @returns name: (_) @name body: (_)? @body) @def.function
(property_declaration type: (_) @type name: (_) @name) @def.attribute
(field_declaration (variable_declaration type: (_) @type (variable_declarator name: (_) @name))) @def.attribute
(event_field_declaration (variable_declaration type: (_) @type (variable_declarator name: (_) @name))) @def.attribute

[(lambda_expression) (anonymous_method_expression) (catch_clause) (foreach_statement) (for_statement)] @scope
(parameter type: (_) @type name: (identifier) @local)
(lambda_expression parameters: (implicit_parameter) @local)
(local_declaration_statement (variable_declaration type: (_) @type (variable_declarator name: (identifier) @local (_)? @value)))
(foreach_statement type: (_) @type left: (identifier) @local)
(catch_declaration type: (_) @type name: (identifier) @local)
(declaration_pattern type: (_) @type name: (identifier) @local)
(type_parameter name: (identifier) @local)

(base_list [(identifier) @base (qualified_name) @base (generic_name . (identifier) @base)])
(throw_statement (object_creation_expression type: (_) @raise))
(throw_expression (object_creation_expression type: (_) @raise))
(catch_declaration type: (_) @catch)
(attribute name: (_) @decorate)
(object_creation_expression type: [(identifier) @call (qualified_name) @call (generic_name . (identifier) @call)])
(invocation_expression function: [(identifier) @call (member_access_expression) @call (generic_name . (identifier) @call)])
(member_access_expression) @use
(_ type: (identifier) @annotate)
(generic_name . (identifier) @annotate)
(qualified_name) @annotate
(argument name: (identifier) @skip)
(namespace_declaration name: (_) @skip)
(file_scoped_namespace_declaration name: (_) @skip)
(identifier) @use

(using_directive) @import
(invocation_expression function: (member_access_expression name: (_) @_get)
  arguments: (argument_list . (argument (string_literal (string_literal_content) @setting))) (#eq? @_get "GetEnvironmentVariable"))
(comment) @comment
