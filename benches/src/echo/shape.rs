//! What the clients of a load do.

/// How many clients there are, and how they use their connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) clients: usize,
    /// Bytes of a request and of its answer.
    pub(crate) message: usize,
    pub(crate) habit: Habit,
}

/// How a client uses its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// It sends its next request when it has the answer to the one before.
    Talk,
    /// The same, with a connection for each request.
    Reconnect,
    /// It has one request answered, and then says nothing.
    Rest,
}

impl Shape {
    /// That many clients, each with a request of that many bytes in flight.
    pub(crate) const fn talk(clients: usize, message: usize) -> Self {
        Self { clients, message, habit: Habit::Talk }
    }

    pub(super) fn to_argument(self) -> String {
        format!("{}x{}:{}", self.clients, self.message, self.habit.name())
    }

    /// Reads what `to_argument` wrote.
    pub(super) fn from_argument(argument: &str) -> Option<Self> {
        let (numbers, habit) = argument.split_once(':')?;
        let (clients, message) = numbers.split_once('x')?;
        Some(Self { clients: clients.parse().ok()?, message: message.parse().ok()?, habit: Habit::named(habit)? })
    }
}

impl Habit {
    const ALL: [Self; 3] = [Self::Talk, Self::Reconnect, Self::Rest];

    fn name(self) -> &'static str {
        match self {
            Self::Talk => "talk",
            Self::Reconnect => "reconnect",
            Self::Rest => "rest",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|habit| habit.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_survives_the_command_line() {
        for habit in Habit::ALL {
            let shape = Shape { clients: 3, message: 16384, habit };
            assert_eq!(Shape::from_argument(&shape.to_argument()), Some(shape));
        }
        for wrong in ["", "3x4", "3:talk", "x4:talk", "3x4:shout"] {
            assert_eq!(Shape::from_argument(wrong), None, "{wrong}");
        }
    }
}
