; Python, where the interpreter's own parser fails. The reader of valid Python: python.py.
(function_definition name: (_) @name return_type: (_)? @returns body: (_) @body) @def.function
(class_definition name: (_) @name body: (_) @body) @def.class
(module (expression_statement (assignment left: (identifier) @name type: (_)? @type right: (_)? @value)) @def.variable)
(class_definition body: (block (expression_statement (assignment left: (identifier) @name type: (_)? @type right: (_)? @value)) @def.attribute))

[(lambda) (list_comprehension) (dictionary_comprehension) (set_comprehension) (generator_expression)] @scope
(parameters (identifier) @local)
(lambda_parameters (identifier) @local)
(typed_parameter . (identifier) @local type: (type (_) @type))
(default_parameter name: (identifier) @local)
(typed_default_parameter name: (identifier) @local type: (type (_) @type))
(list_splat_pattern (identifier) @local)
(dictionary_splat_pattern (identifier) @local)
(assignment left: (identifier) @local right: (call) @value)
(assignment left: (identifier) @local)
(pattern_list (identifier) @local)
(tuple_pattern (identifier) @local)
(for_statement left: (identifier) @local)
(for_in_clause left: (identifier) @local)
(as_pattern_target (identifier) @local)
(named_expression name: (identifier) @local)

(class_definition superclasses: (argument_list [(identifier) (attribute)] @base))
(decorator [(identifier) @decorate (attribute) @decorate (call function: (_) @decorate)]) @attribute
(raise_statement . [(identifier) @raise (attribute) @raise (call function: (_) @raise)])
(except_clause [(identifier) (attribute)] @catch)
(type [(identifier) (attribute)] @annotate)
(call function: [(identifier) (attribute)] @call)
(keyword_argument name: (identifier) @skip)
[(import_statement (_) @skip) (import_from_statement (_) @skip)]
(attribute) @use
(identifier) @use

(import_statement) @import
(import_from_statement) @import
(call function: (_) @_get arguments: (argument_list . (string (string_content) @setting) . (_)? @default)
  (#match? @_get "^(os\\.)?(getenv|environ\\.get)$"))
(subscript value: (_) @_env subscript: (string (string_content) @setting) (#match? @_env "^(os\\.)?environ$"))
(comment) @comment
