(module name: (_) @name body: (_)? @body) @def.module
(class name: (_) @name body: (_)? @body) @def.class
(method name: (_) @name body: (_)? @body) @def.method
(singleton_method name: (_) @name body: (_)? @body) @def.method
(assignment left: (constant) @name right: (_) @value) @def.constant
(call method: (identifier) @_attr arguments: (argument_list (simple_symbol) @name @def.attribute)
  (#match? @_attr "^(attr_(reader|writer|accessor)|scope|has_many|has_one|belongs_to)$"))

[(block) (do_block) (lambda)] @scope
(method_parameters [(identifier) @local (_ name: (identifier) @local)])
(block_parameters [(identifier) @local (_ name: (identifier) @local)])
(lambda_parameters [(identifier) @local (_ name: (identifier) @local)])
(assignment left: (identifier) @local right: (_) @value)
(left_assignment_list (identifier) @local)
(exception_variable (identifier) @local)

(superclass [(constant) (scope_resolution)] @base)
(call !receiver method: (identifier) @_include arguments: (argument_list [(constant) (scope_resolution)] @base)
  (#any-of? @_include "include" "extend" "prepend"))
(call !receiver method: (identifier) @_raise arguments: (argument_list . [(constant) (scope_resolution)] @raise) (#eq? @_raise "raise"))
(call !receiver method: (identifier) @skip (#any-of? @skip "include" "extend" "prepend" "raise"))
(exceptions [(constant) (scope_resolution)] @catch)
(call) @call
(scope_resolution) @use
(constant) @use
(identifier) @use

(call !receiver method: (identifier) @_require arguments: (argument_list . (string))
  (#any-of? @_require "require" "require_relative" "load" "autoload")) @import
(element_reference object: (constant) @_env (string (string_content) @setting) (#eq? @_env "ENV"))
(call receiver: (constant) @_env arguments: (argument_list . (string (string_content) @setting) . (_)? @default) (#eq? @_env "ENV"))
(comment) @comment
