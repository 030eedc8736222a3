INSERT INTO search_unfolded (order_ref) SELECT id FROM orders WHERE search_text GLOB '*[^ -~]*';
