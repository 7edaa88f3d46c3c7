/// The version of all the programs, which are released together.
public enum Version {
    /// The version that `--version` prints after the program's name; see semver.org.
    public static let text = "0.1.0"
}
