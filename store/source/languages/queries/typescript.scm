; TypeScript: what it adds to ecmascript.scm.
(function_declaration name: (_) @name return_type: (_) @returns body: (_) @body) @def.function
(method_definition name: (_) @name return_type: (_) @returns body: (_) @body) @def.method
(variable_declarator name: (identifier) @name value: (arrow_function return_type: (_) @returns body: (_) @body)) @def.function
(lexical_declaration kind: "const" (variable_declarator name: (identifier) @name type: (type_annotation (_) @type)
  value: (_)? @value) @def.constant)
(variable_declarator name: (identifier) @name type: (type_annotation (_) @type) value: (_)? @value) @def.variable
(abstract_class_declaration name: (_) @name body: (_) @body) @def.class
(interface_declaration name: (_) @name body: (_) @body) @def.interface
(type_alias_declaration name: (_) @name value: (object_type) @body) @def.type
(type_alias_declaration name: (_) @name value: (_) @value) @def.type
(enum_declaration name: (_) @name body: (_) @body) @def.enum
(enum_body name: (_) @name @def.attribute)
(enum_assignment name: (_) @name) @def.attribute
(internal_module name: [(identifier) (nested_identifier)] @name body: (_) @body) @def.module
(module name: [(identifier) (nested_identifier)] @name body: (_) @body) @def.module
(function_signature name: (_) @name return_type: (_)? @returns) @def.function
(method_signature name: (_) @name return_type: (_)? @returns) @def.method
(abstract_method_signature name: (_) @name return_type: (_)? @returns) @def.method
(public_field_definition name: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @def.method
(public_field_definition name: (_) @name type: (type_annotation (_) @type)? value: (_)? @value) @def.attribute
(property_signature name: (_) @name type: (type_annotation (_) @type)?) @def.attribute
(required_parameter (accessibility_modifier) pattern: (identifier) @name type: (type_annotation (_) @type)) @def.attribute

[(function_type) (construct_signature) (call_signature)] @scope
(required_parameter pattern: (identifier) @local type: (type_annotation (_) @type)?)
(optional_parameter pattern: (identifier) @local type: (type_annotation (_) @type)?)
(type_parameter name: (type_identifier) @local)
(mapped_type_clause name: (type_identifier) @local)
(infer_type (type_identifier) @local)

(extends_clause value: [(identifier) (member_expression)] @base)
(implements_clause [(type_identifier) @base (generic_type name: (_) @base) (nested_type_identifier) @base])
(extends_type_clause type: [(type_identifier) @base (generic_type name: (_) @base) (nested_type_identifier) @base])
(nested_type_identifier) @annotate
(type_identifier) @annotate
