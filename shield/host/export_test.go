package host

// Children are what a test program does in another process (TestMain), for tests of the outside.
var Children, Child, NewTablesIn = children, child, newTables
