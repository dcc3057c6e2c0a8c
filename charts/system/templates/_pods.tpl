{{- /*
A setting of a workload's pods, as JSON: its own, or that of all pods of this chart. `name` is the workload's, of its values too:
(dict "context" $ "name" "postgres" "key" "tolerations")
*/ -}}
{{- define "system.setting" -}}
{{- $own := get .context.Values .name -}}
{{ hasKey $own .key | ternary (get $own .key) (get .context.Values .key) | toJson }}
{{- end }}

{{- /* The labels and annotations of a pod, with the annotations that only this one has. */ -}}
{{- define "system.podMetadata" -}}
{{- $labels := include "system.setting" (merge (dict "key" "podLabels") .) | fromJson -}}
{{- $annotations := include "system.setting" (merge (dict "key" "podAnnotations") .) | fromJson -}}
labels:
  {{- merge (dict) $labels (include "system.podLabels" . | fromYaml) | toYaml | nindent 2 }}
{{ include "system.annotations" (merge (dict "annotations" (merge (dict) (.annotations | default dict) $annotations)) .) }}
{{- end }}

{{- /* The common settings of a pod of this chart. `account` names a service account of its own. */ -}}
{{- define "system.podSpec" -}}
automountServiceAccountToken: false
{{- with .account | default (include "system.account" .context) }}
serviceAccountName: {{ . }}
{{- end }}
{{- with .context.Values.image.pullSecrets }}
imagePullSecrets: {{ include "system.pullSecrets" . }}
{{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- $value := include "system.setting" (merge (dict "key" $key) $) }}
{{- if not (has $value (list "{}" "[]" "\"\"")) }}
{{ $key }}: {{ $value }}
{{- end }}
{{- end }}
securityContext: {{ toJson (get .context.Values .name).podSecurityContext }}
{{- end }}

{{- /* The common settings of a container of this chart. */ -}}
{{- define "system.container" -}}
resources: {{ toJson (get .context.Values .name).resources }}
securityContext: {{ include "system.setting" (merge (dict "key" "securityContext") .) }}
{{- end }}

{{- define "system.pullSecrets" -}}
{{- $references := list -}}
{{- range . }}{{ $references = append $references (dict "name" .) }}{{ end -}}
{{ toJson $references }}
{{- end }}

{{- /* The service account of pods without one of their own; nothing for `default`. */ -}}
{{- define "system.account" -}}
{{- with .Values.serviceAccount }}{{ .name | default (.create | ternary $.Release.Name "") }}{{ end -}}
{{- end }}
