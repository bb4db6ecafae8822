package io.modelmill.fleet.backup;

import io.modelmill.fleet.installation.FleetException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * A database of a service.
 *
 * @param name in a backup: registry, training or gateway
 * @param url JDBC URL without credentials
 */
public record DatabaseAddress(String name, String url, String user, String password) {
    /** The packaged service that the database belongs to. */
    String service() {
        return name.equals(FleetStorage.GATEWAY) ? name : name + "-service";
    }

    /** Opens a connection; the caller closes it. */
    Connection connect() {
        try {
            return DriverManager.getConnection(url, user, password);
        } catch (SQLException e) {
            throw new FleetException(
                    "database " + name + ": no connection to " + url + " as \"" + user + "\" (" + e.getMessage() + ")",
                    e);
        }
    }

    /** What went wrong with it. */
    FleetException failure(String what, SQLException cause) {
        return new FleetException("database " + name + ": " + what + " (" + cause.getMessage() + ")", cause);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return name + " at " + url + " as " + user;
    }
}
