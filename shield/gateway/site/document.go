package site

import (
	"time"

	"github.com/evenkeel/evenkeel/instrument/strict"
)

// document is a site as it is written. What is absent has no place, and keeps its default.
type document struct {
	Site         strict.Located[string]   `yaml:"site,required"`
	Tenant       strict.Located[string]   `yaml:"tenant,required"`
	Asset        strict.Located[string]   `yaml:"asset,required"`
	Names        located[string]          `yaml:"names,required"`
	Backends     located[backendDoc]      `yaml:"backends,required"`
	Health       healthDoc                `yaml:"health"`
	Timeouts     timeoutsDoc              `yaml:"timeouts"`
	Retries      strict.Located[int]      `yaml:"retries"`
	Connections  strict.Located[int]      `yaml:"connections"`
	Weight       strict.Located[int]      `yaml:"weight"`
	Certificates certificatesDoc          `yaml:"certificates"`
	Paths        pathsDoc                 `yaml:"paths"`
	Allowed      located[string]          `yaml:"allowed"`
	Attack       attackDoc                `yaml:"attack"`
	Maintenance  strict.Located[textsDoc] `yaml:"maintenance"`
	Updates      located[updateDoc]       `yaml:"updates"`
}

// located is a list whose place and whose elements' places are known.
type located[T any] = strict.Located[[]strict.Located[T]]

type backendDoc struct {
	URL    strict.Located[string] `yaml:"url,required"`
	Name   strict.Located[string] `yaml:"name"`
	HTTP2  bool                   `yaml:"http2"`
	Check  strict.Located[string] `yaml:"check"`
	Weight strict.Located[int]    `yaml:"weight"`
}

type healthDoc struct {
	Interval strict.Located[time.Duration] `yaml:"interval"`
	Timeout  strict.Located[time.Duration] `yaml:"timeout"`
	Rise     strict.Located[int]           `yaml:"rise"`
	Fall     strict.Located[int]           `yaml:"fall"`
	Status   strict.Located[statuses]      `yaml:"status"`
}

type timeoutsDoc struct {
	Connect strict.Located[time.Duration] `yaml:"connect"`
	Answer  strict.Located[time.Duration] `yaml:"answer"`
	Idle    strict.Located[time.Duration] `yaml:"idle"`
}

type certificatesDoc struct {
	ACME  strict.Located[bool] `yaml:"acme"`
	Files located[fileDoc]     `yaml:"files"`
}

type fileDoc struct {
	Certificate strict.Located[string] `yaml:"certificate,required"`
	Key         strict.Located[string] `yaml:"key,required"`
}

type pathsDoc struct {
	Health located[string] `yaml:"health"`
	Feeds  located[string] `yaml:"feeds"`
	API    located[string] `yaml:"api"`
}

type attackDoc struct {
	Highest strict.Located[string] `yaml:"highest"`
	Budget  budgetDoc              `yaml:"budget"`
	Beyond  strict.Located[string] `yaml:"beyond"`
	Rules   strict.Located[string] `yaml:"rules"`
}

type budgetDoc struct {
	CPU     strict.Located[time.Duration] `yaml:"cpu"`
	Bytes   strict.Located[int64]         `yaml:"bytes"`
	Backend strict.Located[time.Duration] `yaml:"backend"`
}

type textsDoc map[string]strict.Located[string]

type updateDoc struct {
	At   strict.Located[time.Time] `yaml:"at,required"`
	Says strict.Located[textsDoc]  `yaml:"says,required"`
}
