(function_definition name: (_) @name body: (_) @body) @def.function
(program (variable_assignment name: (variable_name) @name value: (_) @value) @def.variable)
(program (declaration_command (variable_assignment name: (variable_name) @name value: (_) @value) @def.variable))

(function_definition body: (compound_statement (declaration_command (variable_assignment name: (variable_name) @local))))
(command name: (command_name (word) @call))

(command name: (command_name (word) @_source) . argument: (_) @import (#any-of? @_source "source" "."))
((expansion (variable_name) @setting operator: [":-" "-" ":=" "="] . (_) @default))
((expansion (variable_name) @setting operator: [":?" "?"]))
(declaration_command "export" (variable_assignment name: (variable_name) @setting.define value: (_) @default))
(comment) @comment
