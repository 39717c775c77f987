-- MariaDB comes with an account without a name, as which anybody on the box may sign in, and with databases test and test_… that are
-- everybody's. Safe to repeat.
DELETE FROM mysql.db WHERE User IN ('', 'PUBLIC') AND Db LIKE 'test%';
DELETE FROM mysql.global_priv WHERE User = '';
FLUSH PRIVILEGES;
