; JavaScript and TypeScript: what both have.
(function_declaration name: (_) @name body: (_) @body) @def.function
(generator_function_declaration name: (_) @name body: (_) @body) @def.function
(class_declaration name: (_) @name body: (_) @body) @def.class
(class name: (_) @name body: (_) @body) @def.class
(method_definition name: (_) @name body: (_) @body) @def.method
(export_statement value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @def.function
(export_statement value: (class body: (_) @body)) @def.class
(variable_declarator name: (identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @def.function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @def.class
(lexical_declaration kind: "const" (variable_declarator name: (identifier) @name value: (_)? @value) @def.constant)
(variable_declarator name: (identifier) @name value: (_)? @value) @def.variable
(assignment_expression left: (member_expression) @name
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @def.function
(pair key: [(property_identifier) (string)] @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @def.method
(assignment_expression left: (member_expression object: (this) property: (_) @name) right: (_) @value) @def.attribute

[(arrow_function) (function_expression) (generator_function) (catch_clause) (for_statement) (for_in_statement)] @scope
; Blocks, but for the bodies of functions: `let` and `const` hold in them.
[(program (statement_block) @scope) (statement_block (statement_block) @scope) (if_statement (statement_block) @scope)
  (else_clause (statement_block) @scope) (while_statement (statement_block) @scope) (do_statement (statement_block) @scope)
  (try_statement (statement_block) @scope) (finally_clause (statement_block) @scope) (switch_body) @scope]
(arrow_function parameter: (identifier) @local)
(assignment_pattern left: (identifier) @local)
(rest_pattern (identifier) @local)
(array_pattern (identifier) @local)
(pair_pattern value: (identifier) @local)
(shorthand_property_identifier_pattern) @local
(catch_clause parameter: (identifier) @local)
(for_in_statement left: (identifier) @local)
(function_expression name: (identifier) @local)

(decorator [(identifier) @decorate (member_expression) @decorate
  (call_expression function: [(identifier) (member_expression)] @decorate)]) @attribute
(throw_statement (new_expression constructor: [(identifier) (member_expression)] @raise))
(throw_statement (ternary_expression (new_expression constructor: [(identifier) (member_expression)] @raise)))
(new_expression constructor: [(identifier) (member_expression)] @call)
(call_expression function: [(identifier) (member_expression)] @call)
(shorthand_property_identifier) @use
(member_expression) @use
(identifier) @use

(import_statement) @import
(export_statement) @export
(call_expression function: [(identifier) (import)] @_f arguments: (arguments . (string)) (#any-of? @_f "require" "import")) @import
(assignment_expression left: (member_expression) @_l (#match? @_l "^(module\\.)?exports\\b")) @export

(binary_expression left: (member_expression object: (member_expression) @_env property: (property_identifier) @setting)
  right: (_) @default (#any-of? @_env "process.env" "import.meta.env"))
(member_expression object: (member_expression) @_env property: (property_identifier) @setting
  (#any-of? @_env "process.env" "import.meta.env"))
(binary_expression left: (subscript_expression object: (member_expression) @_env index: (string (string_fragment) @setting))
  right: (_) @default (#any-of? @_env "process.env" "import.meta.env"))
(subscript_expression object: (member_expression) @_env index: (string (string_fragment) @setting)
  (#any-of? @_env "process.env" "import.meta.env"))
(variable_declarator name: (object_pattern [(shorthand_property_identifier_pattern) @setting
  (pair_pattern key: (property_identifier) @setting)
  (object_assignment_pattern left: (shorthand_property_identifier_pattern) @setting right: (_) @default)])
  value: (member_expression) @_env (#any-of? @_env "process.env" "import.meta.env"))
(call_expression function: (member_expression object: (member_expression) @_env property: (property_identifier) @_get)
  arguments: (arguments . (string (string_fragment) @setting)) (#eq? @_env "Deno.env") (#eq? @_get "get"))
(binary_expression left: (string (string_fragment) @setting) operator: "in" right: (member_expression) @_env
  (#any-of? @_env "process.env" "process?.env" "import.meta.env"))
(comment) @comment
