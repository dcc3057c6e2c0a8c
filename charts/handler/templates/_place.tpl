{{/* Fails with one sentence per line when the values of where the handler runs contradict each other or the chart. */}}
{{- define "handler.refusePlace" -}}
{{- $wrong := list -}}
{{- range list "handler.takenNames" "handler.takenVariables" "handler.unplacedHosts" -}}
{{- $wrong = concat $wrong (include . $ | fromJsonArray) -}}
{{- end -}}
{{- if $wrong }}{{ fail (join "\n" $wrong) }}{{ end -}}
{{- end }}

{{/* The chart's selectors and network policies, Helm and the operators rely on these labels and annotations. */}}
{{- define "handler.takenNames" -}}
{{- $wrong := list -}}
{{- range $value := list "commonLabels" "podLabels" "commonAnnotations" "podAnnotations" -}}
{{- range $key, $_ := get $.Values $value -}}
{{- if regexMatch "^(helm\\.sh/.*|app\\.kubernetes\\.io/(name|instance|component|part-of|version|managed-by)|rabbitmq\\.com/topology-operator|checksum/handler)$" $key -}}
{{- $wrong = append $wrong (printf "%s must not contain %s, because the chart sets it" $value $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{ toJson $wrong }}
{{- end }}

{{- define "handler.takenVariables" -}}
{{- $taken := (include "handler.runtime" . | fromJson).variables -}}
{{- $seen := dict -}}
{{- $wrong := list -}}
{{- range .Values.extraEnv -}}
{{- if has .name $taken }}{{ $wrong = append $wrong (printf "extraEnv must not name %s, because Warren sets it for every handler" .name) }}{{ end -}}
{{- if and (eq .name "NODE_EXTRA_CA_CERTS") $.Values.broker.ca -}}
{{- $wrong = append $wrong (printf "extraEnv must not name %s beside broker.ca: add your authority to ca.crt in the Secret %s" .name $.Values.broker.ca) -}}
{{- end -}}
{{- if hasKey $seen .name }}{{ $wrong = append $wrong (printf "extraEnv must name %s only once" .name) }}{{ end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{ toJson $wrong }}
{{- end }}

{{/* Without networkPolicy.allowExternalEgress, no port may be open to every address. */}}
{{- define "handler.unplacedHosts" -}}
{{- $wrong := list -}}
{{- if not .Values.networkPolicy.allowExternalEgress -}}
{{- $called := include "handler.called" . | fromJsonArray -}}
{{- if .Values.database }}{{ $called = append $called (dict "value" "postgres.host" "host" .Values.postgres.host) }}{{ end -}}
{{- range $called -}}
{{- if and (regexMatch "[.:]" .host) (not (hasKey $.Values.networkPolicy.hosts .host)) -}}
{{- $value := .value | default (printf "env.%s" .name) -}}
{{- $wrong = append $wrong (printf "networkPolicy.hosts must contain %s, which %s names: its addresses, as in { %s: [{ ipBlock: { cidr: 203.0.113.0/24 } }] }; networkPolicy.allowExternalEgress=true opens its port to every address instead" .host $value .host) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{ toJson $wrong }}
{{- end }}
