(function_item name: (_) @name return_type: (_)? @returns body: (_) @body) @def.function
(function_signature_item name: (_) @name return_type: (_)? @returns) @def.function
(struct_item name: (_) @name body: (_)? @body) @def.struct
(union_item name: (_) @name body: (_) @body) @def.struct
(enum_item name: (_) @name body: (_) @body) @def.enum
(enum_variant name: (_) @name) @def.attribute
(trait_item name: (_) @name body: (_) @body) @def.trait
(type_item name: (_) @name type: (_) @value) @def.type
(associated_type name: (_) @name) @def.type
(const_item name: (_) @name type: (_) @type value: (_)? @value) @def.constant
(static_item name: (_) @name type: (_) @type value: (_)? @value) @def.variable
(macro_definition name: (_) @name) @def.macro
(mod_item name: (_) @name body: (_) @body) @def.module
(field_declaration name: (_) @name type: (_) @type) @def.attribute
(impl_item type: (_) @name body: (_) @body) @within

[(closure_expression) (match_arm) (for_expression) (if_expression) (while_expression)] @scope
(parameter pattern: (identifier) @local type: (_) @type)
(parameter pattern: (mut_pattern (identifier) @local) type: (_) @type)
(let_declaration pattern: [(identifier) @local (mut_pattern (identifier) @local)] type: (_) @type)
(let_declaration pattern: [(identifier) @local (mut_pattern (identifier) @local)] value: (_) @value)
(let_declaration pattern: [(identifier) @local (mut_pattern (identifier) @local)] !value)
(closure_parameters (identifier) @local)
(closure_parameters (parameter pattern: (identifier) @local))
(tuple_pattern [(identifier) @local (mut_pattern (identifier) @local) (ref_pattern (identifier) @local)])
(tuple_struct_pattern type: (_) [(identifier) @local (mut_pattern (identifier) @local) (ref_pattern (identifier) @local)])
(field_pattern name: (shorthand_field_identifier) @local)
(field_pattern pattern: (identifier) @local)
(captured_pattern . (identifier) @local)
(slice_pattern (identifier) @local)
(reference_pattern (identifier) @local)
(for_expression pattern: (identifier) @local)
((match_pattern (identifier) @local) (#match? @local "^[a-z_]"))
(type_parameter name: (type_identifier) @local)

(impl_item trait: [(type_identifier) @base (scoped_type_identifier) @base
  (generic_type type: [(type_identifier) (scoped_type_identifier)] @base)])
(trait_item bounds: (trait_bounds [(type_identifier) @base (scoped_type_identifier) @base]))
(struct_expression name: [(type_identifier) (scoped_type_identifier)] @call)
(call_expression function: [(identifier) (scoped_identifier) (field_expression)] @call)
(call_expression function: (generic_function function: [(identifier) (scoped_identifier) (field_expression)] @call))
(macro_invocation macro: [(identifier) (scoped_identifier)] @call)
(field_expression) @use
(scoped_type_identifier) @annotate
(type_identifier) @annotate
(scoped_identifier) @use
(token_tree ["." "::"] . (identifier) @attr.call . (token_tree))
(token_tree ["." "::"] . (identifier) @attr.use)
(token_tree (identifier) @call . (token_tree))
(use_declaration (_) @skip)
(mod_item !body name: (_) @skip)
(lifetime (identifier) @skip)
(attribute_item (attribute (_) @skip))
(identifier) @use

(use_declaration) @import
(mod_item !body) @import
(extern_crate_declaration) @import
(call_expression function: (field_expression
  value: (call_expression function: (_) @_var arguments: (arguments . (string_literal (_) @setting)))
  field: (field_identifier) @_or) arguments: (arguments . (_) @default)
  (#match? @_var "^(std::)?env::var(_os)?$") (#match? @_or "^unwrap_or"))
(call_expression function: (_) @_var arguments: (arguments . (string_literal (_) @setting))
  (#match? @_var "^(std::)?env::var(_os)?$"))
(macro_invocation macro: (identifier) @_env (token_tree . (string_literal (_) @setting)) (#any-of? @_env "env" "option_env"))
(attribute_item) @attribute
[(line_comment) (block_comment)] @comment
