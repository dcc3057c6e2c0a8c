{{/*
Fails with one sentence per line when the values are wrong in a way that values.schema.json cannot express. The sentences equal those
that the runtime prints on a laptop: handlers/runtime/manifest.
*/}}
{{- define "handler.refuseMistakes" -}}
{{- $wrong := list -}}
{{- range list "handler.wrongName" "handler.repetitions" "handler.contradictions" "handler.wrongTimes" "handler.wrongRedrive" "handler.unknownPorts" -}}
{{- $wrong = concat $wrong (include . $ | fromJsonArray) -}}
{{- end -}}
{{- if $wrong -}}
{{- $sentences := list -}}
{{- range $wrong }}{{ $sentences = append $sentences (printf "handler.yaml: %s" .) }}{{ end -}}
{{- fail (join "\n" $sentences) -}}
{{- end -}}
{{- end }}

{{- define "handler.wrongName" -}}
{{- $name := .Release.Name -}}
{{- $rules := (include "handler.runtime" . | fromJson).name -}}
{{- $wrong := list -}}
{{- if not (regexMatch $rules.pattern $name) -}}
{{- $wrong = append $wrong "must be up to 40 lower-case letters, digits and hyphens, a letter first" -}}
{{- end -}}
{{- if has $name $rules.reserved -}}
{{- $wrong = append $wrong (printf "must be none of %s" (join ", " $rules.reserved)) -}}
{{- end -}}
{{- if hasSuffix "-scaler" $name -}}
{{- $wrong = append $wrong "must not end in -scaler: that names a role of another handler's database" -}}
{{- end -}}
{{- $sentences := list -}}
{{- range $wrong -}}
{{- $sentences = append $sentences (printf "the release's name, which is the handler's, %s (got %q)" . $name) -}}
{{- end -}}
{{ toJson $sentences }}
{{- end }}

{{- define "handler.repetitions" -}}
{{- $bindings := list -}}
{{- range include "handler.subscriptions" . | fromJsonArray -}}
{{- $bindings = append $bindings (eq .key "#" | ternary .type (printf "%s with key %s" .type .key)) -}}
{{- end -}}
{{- $lists := dict "handles" .Values.handles "subscribes" $bindings "emits" .Values.emits "sends" .Values.sends -}}
{{- $_ := set $lists "announces" .Values.announces -}}
{{- $_ := set $lists "hears" .Values.hears -}}
{{- $_ := set $lists "notifies" .Values.notifies -}}
{{- $_ := set $lists "retry.forever" .Values.retry.forever -}}
{{- $wrong := list -}}
{{- range $key, $entries := $lists -}}
{{- $seen := dict -}}
{{- range $entries }}{{ $_ := set $seen . (add1 (get $seen . | default 0)) }}{{ end -}}
{{- range $entry, $times := $seen -}}
{{- if gt $times 1 }}{{ $wrong = append $wrong (printf "%s must name %s only once" $key $entry) }}{{ end -}}
{{- end -}}
{{- end -}}
{{ toJson $wrong }}
{{- end }}

{{- define "handler.contradictions" -}}
{{- $values := .Values -}}
{{- $min := int64 $values.scale.min -}}
{{- $max := int64 $values.scale.max -}}
{{- $listened := list -}}
{{- range include "handler.subscriptions" . | fromJsonArray }}{{ $listened = append $listened .type }}{{ end -}}
{{- range include "handler.conditions" . | fromJsonArray }}{{ $listened = append $listened .type }}{{ end -}}
{{- $wrong := list -}}
{{- range uniq $values.handles -}}
{{- if has . $listened }}{{ $wrong = append $wrong (printf "%s must be in handles or in subscribes, not in both" .) }}{{ end -}}
{{- end -}}
{{- range uniq $values.emits -}}
{{- if has . $values.sends }}{{ $wrong = append $wrong (printf "%s must be in emits or in sends, not in both" .) }}{{ end -}}
{{- end -}}
{{- range $values.retry.forever -}}
{{- if not (or (has . $values.handles) (has . $listened)) -}}
{{- $wrong = append $wrong (printf "retry.forever must name only what handles or subscribes name (got %s)" .) -}}
{{- end -}}
{{- end -}}
{{- if lt $max $min -}}
{{- $wrong = append $wrong (printf "scale.max must be at least scale.min (got %d < %d)" $max $min) -}}
{{- end -}}
{{- if and $values.http (lt $min 1) -}}
{{- $wrong = append $wrong (printf "scale.min must be at least 1, because zero replicas cannot serve HTTP (got %d)" $min) -}}
{{- end -}}
{{- if and (hasKey $values "entrance") (not $values.http) -}}
{{- $wrong = append $wrong "http must be a port, because entrance opens it to the outside" -}}
{{- end -}}
{{- if and $values.ordered $values.partitions -}}
{{- $wrong = append $wrong "ordered or partitions must be set, not both: partitions keep the order too" -}}
{{- end -}}
{{- if include "handler.keepsOrder" . -}}
{{- if not $values.database -}}
{{- $wrong = append $wrong (printf "database must be true, because %s keeps what it cannot handle there" ($values.ordered | ternary "ordered" "partitions")) -}}
{{- end -}}
{{- if and $values.ordered (gt $max 1) -}}
{{- $wrong = append $wrong (printf "scale.max must be 1, because with ordered only one replica consumes (got %d)" $max) -}}
{{- else if and $values.partitions (gt $max (int64 $values.partitions)) -}}
{{- $wrong = append $wrong (printf "scale.max must be at most %d, the number of partitions (got %d)" (int64 $values.partitions) $max) -}}
{{- end -}}
{{- end -}}
{{- if $values.records -}}
{{- if not $values.database -}}
{{- $wrong = append $wrong "database must be true, because records needs an inbox to record each once" -}}
{{- end -}}
{{- range $key := list "handles" "subscribes" "ordered" "partitions" -}}
{{- if get $values $key -}}
{{- $wrong = append $wrong (printf "%s must not be set beside records, which takes every message" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $values.partitions -}}
{{- range include "handler.subscriptions" . | fromJsonArray -}}
{{- if not (regexMatch "(^|\\.)[*#]$" .key) -}}
{{- $wrong = append $wrong (printf "subscribes: the key for %s must end in * or #, because the last word of its routing keys names the partition (got %s)" .type .key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range (include "handler.runtime" . | fromJson).variables -}}
{{- if hasKey $values.env . -}}
{{- $wrong = append $wrong (printf "env must not name %s, because Warren sets it for every handler" .) -}}
{{- end -}}
{{- end -}}
{{ toJson $wrong }}
{{- end }}

{{/*
This limit assumes a call. Only the code knows whether a handler has one; a handler without a call needs no timeout.
*/}}
{{- define "handler.wrongTimes" -}}
{{- $runtime := include "handler.runtime" . | fromJson -}}
{{- $timeout := include "handler.milliseconds" .Values.timeout | int64 -}}
{{- $longest := sub (int64 $runtime.consumerTimeout) (add (int64 $runtime.longestPause) (int64 $runtime.transactionTimeout)) -}}
{{- $wrong := list -}}
{{- if lt $timeout 1 -}}
{{- $wrong = append $wrong (printf "timeout must be at least 1ms (got %q)" .Values.timeout) -}}
{{- end -}}
{{- if gt $timeout $longest -}}
{{- $wrong = append $wrong (printf "timeout must be at most %ds, because RabbitMQ takes a delivery back after %dm and a pause may last %dm of that (got %ss)" (div $longest 1000) (div (int64 $runtime.consumerTimeout) 60000) (div (int64 $runtime.longestPause) 60000) (divf $timeout 1000 | toString)) -}}
{{- end -}}
{{ toJson $wrong }}
{{- end }}

{{- define "handler.unknownPorts" -}}
{{- $wrong := list -}}
{{- range include "handler.called" . | fromJsonArray -}}
{{- if eq (int .port) 0 -}}
{{- $wrong = append $wrong (printf "env.%s must contain the port: its scheme has no default port, and the network policy allows named ports only" .name) -}}
{{- end -}}
{{- end -}}
{{ toJson $wrong }}
{{- end }}
