/** An upload that ends without a reply. */
process.exit(3)
