package rota

import "github.com/evenkeel/evenkeel/instrument/strict"

// Bounds of a document.
const (
	MaxDocument  = 256 << 10 // bytes
	maxPersons   = 100
	maxRotations = 32
	maxMembers   = 64 // of a rotation or a step
	maxLevels    = 8
	maxHours     = 21  // rows of a week
	maxAway      = 200 // absences of a person, and days on which the desk is closed
	maxOverrides = 1000
)

// document is a rota as it is written. Texts that are read further keep their position.
type document struct {
	Rota      string             `yaml:"rota,required"`
	Version   int                `yaml:"version,required"`
	About     string             `yaml:"about"`
	Zone      strict.Text        `yaml:"zone,required"`
	Staffed   []hoursDocument    `yaml:"staffed"`
	Closed    []stretchDocument  `yaml:"closed"`
	Persons   []personDocument   `yaml:"persons,required"`
	Rotations []rotationDocument `yaml:"rotations"`
	Levels    []stepDocument     `yaml:"levels,required"`
	Lead      stepDocument       `yaml:"lead,required"`
	Overrides []overrideDocument `yaml:"overrides"`
}

// hoursDocument is a stretch of some days of a week, such as mon-fri from 09:00 until 17:30.
type hoursDocument struct {
	Days  strict.Text `yaml:"days,required"`
	From  strict.Text `yaml:"from,required"`
	Until strict.Text `yaml:"until,required"`
}

// stretchDocument is a stretch of the calendar: dates, with a time of day or without.
type stretchDocument struct {
	From    strict.Text `yaml:"from,required"`
	Until   strict.Text `yaml:"until,required"`
	Because string      `yaml:"because"`
}

type personDocument struct {
	ID    strict.Text       `yaml:"id,required"`
	Zone  strict.Text       `yaml:"zone"`
	Hours []hoursDocument   `yaml:"hours"`
	Away  []stretchDocument `yaml:"away"`
}

type rotationDocument struct {
	ID       strict.Text      `yaml:"id,required"`
	Persons  []strict.Text    `yaml:"persons,required"`
	Begins   strict.Text      `yaml:"begins,required"`
	Handover handoverDocument `yaml:"handover"`
	Days     int              `yaml:"days"`
	Weeks    int              `yaml:"weeks"`
}

type handoverDocument struct {
	Day  strict.Text `yaml:"day"`
	At   strict.Text `yaml:"at"`
	Zone strict.Text `yaml:"zone"`
}

// stepDocument is one of the three.
type stepDocument struct {
	Rotation strict.Text   `yaml:"rotation"`
	Person   strict.Text   `yaml:"person"`
	All      []strict.Text `yaml:"all"`
}

type overrideDocument struct {
	From      strict.Text `yaml:"from,required"`
	Until     strict.Text `yaml:"until,required"`
	InsteadOf strict.Text `yaml:"instead_of,required"`
	Who       strict.Text `yaml:"who,required"`
	Because   string      `yaml:"because"`
}
