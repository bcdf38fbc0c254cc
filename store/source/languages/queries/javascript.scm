; JavaScript alone. JSX is part of its grammar.
(field_definition property: (_) @name value: (_)? @value) @def.attribute
(class_heritage [(identifier) (member_expression)] @base)
(jsx_opening_element name: (member_expression) @call)
(jsx_self_closing_element name: (member_expression) @call)
(jsx_opening_element name: (identifier) @call (#match? @call "^[A-Z_$]"))
(jsx_self_closing_element name: (identifier) @call (#match? @call "^[A-Z_$]"))
; An element of HTML is no reference, whatever is in scope under its name.
(jsx_opening_element name: (identifier) @skip (#match? @skip "^[a-z]"))
(jsx_self_closing_element name: (identifier) @skip (#match? @skip "^[a-z]"))
(jsx_closing_element name: (_) @skip)
(formal_parameters [(identifier) @local (assignment_pattern left: (identifier) @local)])
