; C, and what C++ shares with it. Declarators nest: their names are found by outline.py.
(function_definition type: (_)? @returns declarator: (_) @name body: (_)? @body) @def.function
(declaration type: (_) @returns declarator: (function_declarator) @name) @def.function
(declaration type: (_) @returns declarator: (pointer_declarator (function_declarator)) @name) @def.function
(struct_specifier name: (_) @name body: (_) @body) @def.struct
(union_specifier name: (_) @name body: (_) @body) @def.struct
(enum_specifier name: (_) @name body: (_) @body) @def.enum
(enumerator name: (_) @name value: (_)? @value) @def.constant
(type_definition type: [(struct_specifier !name body: (_) @body) (union_specifier !name body: (_) @body)] declarator: (type_identifier) @name) @def.struct
(type_definition type: (enum_specifier !name body: (_) @body) declarator: (type_identifier) @name) @def.enum
(type_definition declarator: (_) @name) @def.type
(field_declaration type: (_) @type declarator: (_) @name) @def.attribute
(preproc_function_def name: (_) @name) @def.macro
(preproc_def name: (_) @name value: (_)? @value) @def.macro
(declaration type: (_) @type declarator: (init_declarator declarator: (_) @name value: (_) @value)) @def.variable
(declaration type: (_) @type declarator: [(identifier) (pointer_declarator) (array_declarator)] @name) @def.variable

(preproc_function_def parameters: (preproc_params (identifier) @local))
(parameter_declaration type: (_) @type declarator: (_) @local)

(call_expression function: [(identifier) (field_expression)] @call)
(preproc_defined (identifier) @use)
(field_expression) @use
(type_identifier) @annotate
(labeled_statement label: (statement_identifier) @skip)
(identifier) @use

(preproc_include) @import
(call_expression function: (_) @_get arguments: (argument_list . (string_literal (_) @setting))
  (#match? @_get "^(std::)?(secure_)?getenv$"))
(comment) @comment
