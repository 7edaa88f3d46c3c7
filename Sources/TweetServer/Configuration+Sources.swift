public import TweetCommandLine

extension Configuration {
    /// A value, and the place where it was set.
    private struct Given {
        let setting: Setting
        let value: String
        let place: String
        let isUsage: Bool
    }

    /// Builds a configuration from its sources: a flag overrides the environment, which overrides the file, which
    /// overrides the defaults.
    ///
    /// A wrong value in the environment or the file is ignored with a warning if another source overrides it.
    ///
    /// - Parameters:
    ///   - flags: names of settings and their values; the value of a switch is `true`.
    ///   - environment: the value of a variable, nil if it is not set.
    ///   - file: the configuration file, if there is one.
    public init(
        flags: [(name: String, value: String)], environment: (String) -> String?, file: ConfigurationFile?
    ) throws(ConfigurationError) {
        self.init()
        let flagged = Set(flags.map(\.name))
        let fromEnvironment = environmentValues(environment)
        var fromFile: [Given] = []
        for line in file?.lines ?? [] where !ConfigurationFile.clientKeys.contains(line.key) {
            fromFile.append(try Self.given(line))
        }
        try apply(fromFile, except: flagged.union(fromEnvironment.map(\.setting.name)))
        try apply(fromEnvironment, except: flagged)
        var fromFlags: [Given] = []
        for (name, value) in flags {
            guard let setting = Setting.all.first(where: { $0.name == name }) else { continue }
            fromFlags.append(Given(setting: setting, value: value, place: "--\(name)", isUsage: true))
        }
        try apply(fromFlags, except: [])
        self.flagged = flagged
        if case .ownPort(port) = http.place, port != 0 {
            throw mistake(
                in: ["http", "port"], "http: \(port) is the server's own port; http = on serves HTTP there, too")
        }
    }

    /// The values that the environment sets, valid or not.
    private mutating func environmentValues(_ environment: (String) -> String?) -> [Given] {
        var found: [Given] = []
        for setting in Setting.all {
            guard let value = environment(setting.environmentName) else { continue }
            if setting.name == "port", value.isServiceLink {
                ignore(value, at: setting.environmentName, because: "is set for a service that is called ttweet")
                continue
            }
            found.append(Given(setting: setting, value: value, place: setting.environmentName, isUsage: false))
        }
        return found
    }

    private mutating func ignore(_ value: String, at place: String, because reason: String) {
        warnings.append("\(place) is ignored: \"\(value)\" \(reason)")
    }

    private static func given(_ line: ConfigurationFile.Line) throws(ConfigurationError) -> Given {
        guard let value = line.value else {
            throw ConfigurationError(description: "\(line.place): the line is not key = value", isUsage: false)
        }
        guard let setting = Setting.all.first(where: { $0.name == line.key }) else {
            throw ConfigurationError(description: "\(line.place): there is no key \"\(line.key)\"", isUsage: false)
        }
        return Given(setting: setting, value: value, place: line.place, isUsage: false)
    }

    /// Applies the values of one source, which override those of the sources applied before.
    ///
    /// - Parameter overridden: names of settings that a stronger source sets; their wrong values cause a warning
    ///   instead of an error.
    private mutating func apply(_ source: [Given], except overridden: Set<String>) throws(ConfigurationError) {
        for setting in Setting.all where source.contains(where: { $0.setting.name == setting.name }) {
            setting.clear?(&self)
        }
        for given in source where given.isUsage || !given.setting.isForClients(given.value) {
            do throws(InvalidSetting) {
                try given.setting.set(&self, given.value)
            } catch {
                guard overridden.contains(given.setting.name) else {
                    throw ConfigurationError(
                        description: "\(given.place): \"\(given.value)\" is not \(error.expected)",
                        isUsage: given.isUsage)
                }
                ignore(given.value, at: given.place, because: "is not \(error.expected)")
            }
        }
    }
}
