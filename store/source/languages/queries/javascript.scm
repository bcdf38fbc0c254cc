; JavaScript alone. Its JSX is in jsx.scm.
(field_definition property: (_) @name value: (_)? @value) @def.attribute
(class_heritage [(identifier) (member_expression)] @base)
(formal_parameters [(identifier) @local (assignment_pattern left: (identifier) @local)])
