; JavaScript alone. JSX is part of its grammar.
(field_definition property: (_) @name value: (_)? @value) @def.attribute
(class_heritage [(identifier) (member_expression)] @base)
(jsx_opening_element name: [(identifier) (member_expression)] @call)
(jsx_self_closing_element name: [(identifier) (member_expression)] @call)
(formal_parameters [(identifier) @local (assignment_pattern left: (identifier) @local)])
