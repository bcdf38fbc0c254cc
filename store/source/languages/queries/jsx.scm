; JSX, in the grammars of JavaScript and TSX.
(jsx_opening_element name: (member_expression) @call)
(jsx_self_closing_element name: (member_expression) @call)
(jsx_opening_element name: (identifier) @call (#match? @call "^[A-Z_$]"))
(jsx_self_closing_element name: (identifier) @call (#match? @call "^[A-Z_$]"))
; An element of HTML is no reference, whatever is in scope under its name.
(jsx_opening_element name: (identifier) @skip (#match? @skip "^[a-z]"))
(jsx_self_closing_element name: (identifier) @skip (#match? @skip "^[a-z]"))
(jsx_closing_element name: (_) @skip)
